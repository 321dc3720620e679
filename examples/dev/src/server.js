import { createServer } from 'node:http';
import { greeting } from './greeting.js';

const server = createServer((request, response) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('name') ?? 'stranger';
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${greeting(name)}\n`);
});

server.listen(8080, () => console.log(`listening; ${greeting('you')}`));
