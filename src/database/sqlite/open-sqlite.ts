import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BatchResult, Database, Execution, Migration, Row, Statement } from '../database.ts';
import { DatabaseError } from '../error.ts';
import { createLocalListeners } from '../local-listeners.ts';
import type {
  BatchOutcome,
  Copied,
  GroupOutcome,
  Opened,
  SentError,
  SentExecution,
  ThreadStart,
} from './protocol.ts';

// Batches that are committed together: enough to share an fsync among all who wait, few enough that none waits long.
const GROUP_SIZE = 256;

interface Waiting {
  readonly executions: readonly SentExecution[];
  readonly resolve: (outcome: BatchOutcome) => void;
  readonly reject: (error: DatabaseError) => void;
}

const IS_WELL: Statement = { sqlite: 'SELECT 1', postgres: 'SELECT 1' };

/** Opens a SQLite file in a thread of its own. */
export async function openSqlite(
  { file }: { readonly file: string },
  migrations: readonly Migration[],
): Promise<Database> {
  const thread = await startThread({ file, migrations });
  const listeners = createLocalListeners();
  const waiting: Waiting[] = [];
  let running: readonly Waiting[] | undefined;
  let broken: DatabaseError | undefined;
  let drained: (() => void) | undefined;
  let copying: PromiseWithResolvers<Copied> | undefined;

  function sendNext(): void {
    if (running !== undefined) return;
    if (waiting.length === 0) {
      drained?.();
      return;
    }
    running = waiting.splice(0, GROUP_SIZE);
    thread.postMessage(running.map(({ executions }) => executions));
  }

  function fail(error: DatabaseError): void {
    broken ??= error;
    for (const { reject } of [...(running ?? []), ...waiting.splice(0)]) reject(error);
    running = undefined;
    copying?.reject(error);
    drained?.();
  }

  thread.on('message', (outcomes: GroupOutcome | Copied) => {
    if (!isGroup(outcomes)) return copying?.resolve(outcomes);
    const done = running ?? [];
    running = undefined;
    sendNext();
    for (const [i, { resolve }] of done.entries()) resolve(outcomes[i] ?? { unmet: true });
  });
  thread.on('error', (cause) => fail(ended(file, cause)));
  thread.on('exit', () => fail(ended(file, undefined)));

  async function batch(executions: readonly Execution[]): Promise<BatchResult> {
    if (broken !== undefined) throw broken;
    const outcome = await new Promise<BatchOutcome>((resolve, reject) => {
      waiting.push({ executions: executions.map(sent), resolve, reject });
      sendNext();
    });
    if ('error' in outcome) throw received(outcome.error);
    return 'unmet' in outcome ? undefined : outcome.rows;
  }

  return {
    kind: 'sqlite',
    name: file,
    async query<T extends Row>(statement: Statement, values = []) {
      const [rows] = (await batch([{ statement, values }])) ?? [];
      return (rows ?? []) as readonly T[]; // the caller wrote the statement
    },
    batch,
    notify: (channel, payload) => listeners.tell(channel, payload),
    listen: (channel, listener) => listeners.add(channel, listener),
    async isWell() {
      return await batch([{ statement: IS_WELL, values: [] }]).then(
        () => true,
        () => false,
      );
    },
    async copyTo(copy) {
      if (broken !== undefined) throw broken;
      if (copying !== undefined)
        throw new DatabaseError('LOCKED', `The database ${file} is being copied already`);
      copying = Promise.withResolvers();
      thread.postMessage({ copyTo: copy });
      try {
        const { error } = await copying.promise;
        if (error !== undefined) throw received(error);
      } finally {
        copying = undefined;
      }
    },
    async [Symbol.asyncDispose]() {
      if (broken !== undefined) return;
      broken = new DatabaseError('CLOSED', `The database ${file} is closed`);
      listeners.clear();
      const exit = once(thread, 'exit');
      if (running !== undefined) await new Promise<void>((resolve) => (drained = resolve));
      thread.postMessage('close');
      await exit;
    },
  };
}

const isGroup = (message: GroupOutcome | Copied): message is GroupOutcome => Array.isArray(message);

async function startThread(start: ThreadStart): Promise<Worker> {
  // In the bundle the thread is a program of its own beside this one, under the same name.
  const program = new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url);
  const thread = new Worker(program, {
    workerData: start,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [opened] = (await once(thread, 'message')) as [Opened];
  if (opened.error === undefined) return thread;
  await thread.terminate();
  throw received(opened.error);
}

const sent = ({ statement, values, rows }: Execution): SentExecution => ({
  sql: statement.sqlite,
  values,
  ...(rows !== undefined && { rows }),
});

const received = ({ code, message, hint }: SentError): DatabaseError =>
  new DatabaseError(code, message, hint === undefined ? {} : { hint });

const ended = (file: string, cause: unknown): DatabaseError =>
  new DatabaseError('UNAVAILABLE', `The thread that has the database ${file} open has ended`, { cause });
