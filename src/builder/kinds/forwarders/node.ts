export const FORWARD_NODE = `const { writeFileSync } = require('fs');
const { connect, createServer } = require('net');

const [port, path, ready] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ path, allowHalfOpen: true });
  near.pipe(far).pipe(near);
  for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => other.destroy());
  far.on('close', () => near.destroy());
});
server.listen(Number(port), '127.0.0.1', () => writeFileSync(ready, ''));
`;
