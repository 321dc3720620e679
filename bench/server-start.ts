import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/database/index.ts';
import { openQueue, QUEUE_MIGRATIONS } from '../src/queue/index.ts';
import { newTaskId, type TaskRequest } from '../src/queue-api/index.ts';
import { freePort } from '../test/support/free-port.ts';
import { median, ms, PROGRAM, perSecond, project, type Row } from './measure.ts';

const TASKS = 100_000;
const STARTS = 9;
const IDLE_MS = 3000;

/** The least that a server of Node is, on the port that it is told. */
const SMALLEST = "require('node:http').createServer((q, a) => a.end()).listen(process.argv[1], '127.0.0.1')";

/** One start: milliseconds to the first answer, and its memory when it had nothing to do. */
interface Start {
  readonly answeredMs: number;
  readonly idleMib: number;
}

interface Started {
  readonly command: string;
  readonly words: (port: number) => readonly string[];
  readonly path: string;
  readonly folder?: string;
}

/** Asks until something listens; every answer but 200 is a failure. */
async function firstAnswer(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return void (await answer.arrayBuffer());
    if (answer !== undefined) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    await sleep(2);
  }
  throw new Error(`the server ended with exit code ${child.exitCode}`);
}

function residentMib(pid: number | undefined): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

async function start({ command, words, path, folder }: Started, isMemoryWanted: boolean): Promise<Start> {
  const port = await freePort();
  const env = { ...process.env, ...(folder !== undefined && { SLIPWAY_DATA_DIR: folder }) };
  const startedAt = performance.now();
  const child = spawn(command, words(port), { env, stdio: 'ignore' });
  try {
    await firstAnswer(`http://127.0.0.1:${port}${path}`, child);
    const answeredMs = performance.now() - startedAt;
    if (isMemoryWanted) await sleep(IDLE_MS);
    return { answeredMs, idleMib: isMemoryWanted ? residentMib(child.pid) : Number.NaN };
  } finally {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  }
}

/** Medians of starts in turn, the first of each unmeasured; of three of them the memory. */
async function measure(kinds: readonly Started[]): Promise<Start[]> {
  const starts: Start[][] = kinds.map(() => []);
  for (let round = 0; round <= STARTS; round += 1) {
    for (const [i, kind] of kinds.entries()) {
      const one = await start(kind, round > STARTS - 3);
      if (round > 0) starts[i]?.push(one);
    }
  }
  return starts.map((all) => ({
    answeredMs: median(all.map(({ answeredMs }) => answeredMs)),
    idleMib: median(all.map(({ idleMib }) => idleMib).filter((mib) => !Number.isNaN(mib))),
  }));
}

const request = (): TaskRequest => ({
  taskQueueId: 'bench/many',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 24 * 3_600_000).toISOString(),
  payload: { image: 'busybox', command: ['true'], maxRunTime: 60 },
  metadata: { name: 'bench', description: 'bench', owner: 'bench', source: 'https://example.com' },
});

/** Pending tasks in the database of a server that has not been started yet. */
async function fill(folder: string): Promise<void> {
  mkdirSync(join(folder, 'queue'), { recursive: true, mode: 0o700 });
  const location = { type: 'sqlite', file: join(folder, 'queue/queue.db') } as const;
  await using database = await openDatabase({ location, migrations: QUEUE_MIGRATIONS });
  await using queue = await openQueue({ database });
  await perSecond(TASKS, 256, () => queue.createTask(newTaskId(), request()));
}

/** From the start of the program to its first answer, and what it keeps when nobody asks anything. */
export async function serverStart(): Promise<Row[]> {
  using empty = project({});
  using full = project({});
  await fill(full.folder);
  const server = {
    command: PROGRAM,
    words: (port: number) => ['server', '--port', `${port}`],
    path: '/healthz',
  };
  const least = {
    command: process.execPath,
    words: (port: number) => ['-e', SMALLEST, `${port}`],
    path: '/',
  };
  const [first, second, node] = await measure([
    { ...server, folder: empty.folder },
    { ...server, folder: full.folder },
    least,
  ]);
  if (first === undefined || second === undefined || node === undefined) throw new Error('nothing measured');
  const peer = `an empty server of Node: ${ms(node.answeredMs)}`;
  const mib = (value: number): string => `${Math.round(value)} MiB`;
  const memory = { peer: `an empty server of Node: ${mib(node.idleMib)}`, target: '≤ 120 MB' };
  return [
    { figure: 'server start to first answer', slipway: ms(first.answeredMs), peer, target: '≤ 500 ms' },
    { figure: 'the same with 100,000 tasks', slipway: ms(second.answeredMs), peer, target: '≤ 500 ms' },
    { figure: 'idle memory of the server', slipway: mib(first.idleMib), ...memory },
    { figure: 'the same with 100,000 tasks', slipway: mib(second.idleMib), ...memory },
  ];
}
