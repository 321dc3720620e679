import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { PROGRAM } from './measure.ts';
import { type Served, served } from './served.ts';

const HOST = '127.0.0.1';

/** A repository behind nginx, as its files are. */
export async function startNginx(repository: string, folder: string): Promise<Served> {
  const port = await freePort();
  const own = join(folder, 'nginx');
  mkdirSync(own, { recursive: true });
  const config = [
    'daemon off; master_process off;', // one process: what ends it ends all of it
    process.getuid?.() === 0 ? 'user root;' : '',
    `pid ${own}/pid; error_log ${own}/error.log;`,
    'events { worker_connections 256; }',
    'http { access_log off; sendfile on; keepalive_requests 1000000;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${own}/${name};`,
    ),
    `server { listen ${HOST}:${port}; root ${repository}; } }`,
  ];
  writeFileSync(join(own, 'conf'), config.join('\n'));
  const child = spawn('nginx', ['-c', join(own, 'conf')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  await Promise.race([untilItListens(port), failed]);
  return served(child, `http://${HOST}:${port}/`);
}

async function untilItListens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, HOST);
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (outcome) return;
    await wait(20);
  }
}

/** The same behind `slipway server`. */
export async function startCacheServer(repository: string): Promise<Served> {
  const words = ['server', '--port', '0', '--repository', repository];
  const env = { ...process.env, SLIPWAY_DATA_DIR: join(repository, '../server-data') };
  const child = spawn(PROGRAM, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const log = createInterface(child.stderr);
  for await (const line of log) {
    const url = /"url":"(http:[^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume(); // a full pipe would stop it
    return served(child, `${url}/artifacts/`);
  }
  throw new Error('slipway server does not listen');
}

/** A line to a server on which what is sent arrives so much later, in order, however much of it is on its way. */
export async function startDistance(
  to: string,
  delayMs: number,
): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port, pathname } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const end = (): void => {
      for (const socket of [near, far]) {
        sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [near, far]) sockets.add(socket.setNoDelay().on('error', end).on('close', end));
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), delayMs));
    far.pipe(near);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://${HOST}:${address.port}${pathname}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
