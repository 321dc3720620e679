import { connect } from 'node:net';

/**
 * Asks a server for paths, one after the other on each of many connections that stay open, and prints how many answers came
 * in a second: `small-objects-client.ts URL CONNECTIONS SECONDS <paths`. As little as it can be, so that the server is what
 * is measured; it takes answers with a length alone.
 */
const [address = '', connections = '', seconds = ''] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(address);

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const requests = Buffer.concat(chunks)
  .toString()
  .trim()
  .split('\n')
  .map((path) => Buffer.from(`GET ${pathname}${path} HTTP/1.1\r\nHost: ${hostname}\r\nAccept: */*\r\n\r\n`));

let answers = 0;
let asked = 0;

function open(): void {
  const socket = connect(Number(port), hostname).setNoDelay();
  let head = Buffer.alloc(0);
  let left = 0;
  const ask = (): void => {
    asked += 1;
    socket.write(requests[asked % requests.length] ?? '');
  };
  const take = (chunk: Buffer): void => {
    for (let rest = chunk; rest.length > 0; ) {
      if (left === 0) {
        head = Buffer.concat([head, rest]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(text);
        left = Number(/^content-length: (\d+)/im.exec(text)?.[1]);
        rest = head.subarray(end + 4);
        head = Buffer.alloc(0);
      }
      const taken = Math.min(left, rest.length);
      left -= taken;
      rest = rest.subarray(taken);
      if (left > 0) continue;
      answers += 1;
      ask();
    }
  };
  socket.on('connect', ask).on('data', take);
}

for (let i = 0; i < Number(connections); i += 1) open();
const startedAt = performance.now();
setTimeout(() => {
  process.stdout.write(`${(answers * 1000) / (performance.now() - startedAt)}\n`, () => process.exit());
}, Number(seconds) * 1000);
