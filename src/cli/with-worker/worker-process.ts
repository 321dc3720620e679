import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Credentials } from '../../queue-api/index.ts';

export interface WorkerProcessOptions {
  /** Of `slipway`, from `worker start` on. */
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly credentials: Credentials;
  /** A record of its own log. */
  readonly onRecord: (record: Readonly<Record<string, unknown>>) => void;
  /** Anything else that it prints. */
  readonly onLine: (line: string) => void;
}

/** How a process ended: a code, or what killed it. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker as a process of its own, which ends with this one however this one ends. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  renew(credentials: Credentials): void;
  /** Lets what runs end, and claims nothing more; `finishTasks: false` reports what runs as ended by the worker's. */
  stop(options: { readonly finishTasks: boolean }): void;
  kill(): void;
  /** Resolves when it has ended and all that it said was taken. */
  readonly ended: Promise<Ended>;
}

/** Starts this program again, as a worker that is spoken to over its standard input. */
export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { words, environment, credentials } = options;
  const main = process.argv[1];
  if (main === undefined) throw new Error('a program without a file cannot start itself');
  const child = spawn(process.execPath, [...process.execArgv, main, ...words], {
    env: { ...environment, SLIPWAY_PROGRAM: 'slipway', ...credentialVariables(credentials) },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C is for the server, which tells it when to end.
    detached: true,
  });
  const ended = endOf(child, options.onLine);
  // Without a process, as where no more files may be opened, it may have no streams either.
  if (child.pid === undefined) return { ...NOTHING, ended };
  child.stdin.on('error', () => {}); // it has ended, which `ended` says
  const say = (message: Readonly<Record<string, unknown>>): void =>
    void child.stdin.write(`~${JSON.stringify(message)}\n`);
  say({ type: 'welcome', capabilities: ['graceful-termination', 'new-credentials'] });
  readLines(child.stdout, (line) => takeLine(line, options));
  readLines(child.stderr, options.onLine);
  return {
    pid: child.pid,
    renew: ({ clientId, accessToken, certificate }) =>
      say({
        type: 'new-credentials',
        'client-id': clientId,
        'access-token': accessToken,
        ...(certificate !== undefined && { certificate }),
      }),
    stop: ({ finishTasks }) => say({ type: 'graceful-termination', 'finish-tasks': finishTasks }),
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}

const NOTHING = {
  pid: undefined,
  renew: () => undefined,
  stop: () => undefined,
  kill: () => undefined,
} as const;

const credentialVariables = ({ clientId, accessToken, certificate }: Credentials): NodeJS.ProcessEnv => ({
  TASKCLUSTER_CLIENT_ID: clientId,
  TASKCLUSTER_ACCESS_TOKEN: accessToken,
  TASKCLUSTER_CERTIFICATE: certificate,
});

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

function takeLine(line: string, { onRecord, onLine }: WorkerProcessOptions): void {
  // Its figures for a collector, and what it answers to its parent, are no lines for people.
  if (line.startsWith('WORKER_METRICS ') || line.startsWith('~')) return;
  const record = recordIn(line);
  if (record === undefined) onLine(line);
  else onRecord(record);
}

function recordIn(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>; // it begins with {
  } catch {
    return undefined;
  }
}

async function endOf(child: ChildProcess, onLine: (line: string) => void): Promise<Ended> {
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { exitCode, signal };
  } catch (error) {
    onLine(`it could not be started: ${error instanceof Error ? error.message : String(error)}`);
    return { exitCode: null, signal: null };
  }
}
