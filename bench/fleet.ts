import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { newTaskId } from '../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../src/queue-client/index.ts';
import { BUSYBOX, PROGRAM } from './measure.ts';

/** A server with a queue, and workers of it; dispose it to end them all. */
export interface Fleet extends AsyncDisposable {
  readonly queue: QueueClient;
  readonly url: string;
  /** Creates a task that runs a command; returns its id. */
  create(command: readonly string[], payload?: Readonly<Record<string, unknown>>): Promise<string>;
  /** When it has ended. Throws where it did not complete. */
  completed(taskId: string): Promise<void>;
}

const QUEUE_ID = 'bench/docker';
const DAY_MS = 86_400_000;

/** The first line of what a program says that has a text; what comes after it is not kept. */
async function lineWith(output: Readable, text: string): Promise<string> {
  const lines = createInterface({ input: output });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.on('line', (line) => line.includes(text) && resolve(line));
  lines.once('close', () => reject(new Error(`it ended before it said ${text}`)));
  return await promise;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

const start = (words: readonly string[], environment: Readonly<Record<string, string>>) =>
  spawn(PROGRAM, words, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });

/** A server that answers; dispose it to end it. */
export async function startServer(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = start(['server', '--port', '0', ...words], environment);
  const { url } = JSON.parse(await lineWith(server.stderr, '"url"')) as { url: string }; // its first line
  return { url, [Symbol.asyncDispose]: () => end(server) };
}

/** Starts them, on the embedded database. */
export async function startFleet({ capacity }: { readonly capacity: number }): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const environment = { SLIPWAY_DATA_DIR: folder };
  const server = await startServer([], environment);
  const { url } = server;
  const words = ['--root-url', url, '--provisioner-id', 'bench', '--worker-type', 'docker'];
  const worker = start(
    [
      ...['worker', 'start', ...words, '--worker-group', 'bench', '--worker-id', 'one'],
      ...['--capacity', String(capacity)],
    ],
    environment,
  );
  worker.stderr.resume();
  await lineWith(worker.stdout, '"start"');
  const queue = openQueueClient({ rootUrl: url });
  return {
    queue,
    url,
    async create(command, payload = {}) {
      const taskId = newTaskId();
      const now = Date.now();
      await queue.createTask(taskId, {
        taskQueueId: QUEUE_ID,
        created: new Date(now).toISOString(),
        deadline: new Date(now + DAY_MS).toISOString(),
        payload: { image: BUSYBOX, command: [...command], maxRunTime: 60, ...payload },
        metadata: { name: 'bench', description: 'bench', owner: 'bench', source: 'https://example.com' },
      });
      return taskId;
    },
    async completed(taskId) {
      for (;;) {
        const { state } = await queue.waitResolved(taskId, undefined); // the server holds it for 30 s
        if (state === 'completed') return;
        if (!['pending', 'running'].includes(state)) throw new Error(`task ${taskId}: ${state}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await end(worker);
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
