import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultLimits } from '../src/server/index.ts';
import { median, ms, project, type Row } from './measure.ts';
import { fileUrl, residentMib, type Served, startDownloadServer } from './served.ts';

const GIB = 1024 ** 3;
const READERS = 200;
const TAKEN_BYTES = 4096;
const IDLE = 10_000;
const ROOM_FOR_OTHERS = 100; // of the connections that the server takes
const AT_ONCE = 100; // connections that are opened together
const ROUNDS = 101; // the first ones are slow: nothing is compiled yet

/** What readers that stopped reading cost, and what connections that ask for nothing do to others. */
export async function slowReaders(): Promise<Row[]> {
  using work = project({});
  const file = openSync(join(work.folder, 'gib'), 'w');
  ftruncateSync(file, GIB);
  closeSync(file);
  writeFileSync(join(work.folder, 'small'), 'a few bytes');
  return [await stalled(work.folder), await idle(work.folder)];
}

async function stalled(root: string): Promise<Row> {
  await using server = await startDownloadServer(root);
  const before = residentMib(server.pid).now;
  const url = new URL(fileUrl(server, root, 'gib'));
  using sockets = opened();
  await Promise.all(Array.from({ length: READERS }, () => takeLittle(sockets, url)));
  await settled(server);
  const { most } = residentMib(server.pid);
  return {
    figure: `memory with ${READERS} readers that stopped reading`,
    slipway: `${Math.round(most)} MiB at most`,
    peer: `${Math.round(before)} MiB before the first`,
    target: '≤ 200 MB',
  };
}

async function idle(root: string): Promise<Row> {
  await using server = await startDownloadServer(root);
  const health = `${server.url}/healthz`;
  const small = fileUrl(server, root, 'small');
  const alone = { health: await answerTime(health), small: await answerTime(small) };
  using sockets = opened();
  // Where the machine lets a process have few files open, the server takes fewer; so many this process can have as well.
  const wanted = Math.min(IDLE, defaultLimits().connections - ROOM_FOR_OTHERS);
  for (let count = 0; count < wanted; count += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => sockets.open(new URL(server.url))));
  const crowded = { health: await answerTime(health), small: await answerTime(small) };
  const told = (times: typeof alone): string =>
    `/healthz ${ms(times.health)}, a small file ${ms(times.small)}`;
  return {
    figure: `answers among ${sockets.countOpen().toLocaleString('en')} idle connections`,
    slipway: `${told(crowded)}; ${Math.round(residentMib(server.pid).most)} MiB`,
    peer: `without them: ${told(alone)}`,
    target: 'as without them',
  };
}

interface Sockets extends Disposable {
  open(address: URL): Promise<Socket>;
  countOpen(): number;
}

function opened(): Sockets {
  const sockets: Socket[] = [];
  return {
    async open({ hostname, port }) {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      await once(socket, 'connect');
      socket.on('error', () => {}); // counted as closed
      return socket;
    },
    countOpen: () => sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Asks for a GiB, and stops to read after a few KB. */
async function takeLittle(sockets: Sockets, url: URL): Promise<void> {
  const socket = await sockets.open(url);
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
  let taken = 0;
  while (taken < TAKEN_BYTES) {
    await once(socket, 'readable');
    const chunk: Buffer | null = socket.read(1024);
    taken += chunk?.length ?? 0;
  }
}

/** Until what a server holds has stopped to grow. */
async function settled({ pid }: Served): Promise<void> {
  let most = residentMib(pid).now;
  for (let quiet = 0; quiet < 10; quiet += 1) {
    await delay(200);
    const { now } = residentMib(pid);
    if (now > most + 1) quiet = 0;
    most = Math.max(most, now);
  }
}

/** From the connection to the last byte of the answer: the median. */
async function answerTime(url: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const response = await fetch(url, { headers: { connection: 'close' } });
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    await response.arrayBuffer();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
