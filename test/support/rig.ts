import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const BIN = resolve(import.meta.dirname, '../../bin');
const PROGRAM = join(BIN, 'slipway');

export const BUSYBOX = 'localhost/slipway-busybox:1';
export const DEBIAN = 'localhost/slipway-debian:12';

/** A run of the real program that has ended. */
export interface Finished {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A run of the real program that goes on. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the text has been printed on either stream; rejects when the program ends without it. */
  waitFor(text: string | RegExp): Promise<void>;
  readonly finished: Promise<Finished>;
}

export interface RunOptions {
  /** @defaultValue slipway */
  readonly program?: 'slipway' | 'wercker' | 'runner-download' | 'docker-worker';
  readonly environment?: Readonly<Record<string, string>>;
  /** Relative to the project. */
  readonly folder?: string;
  readonly input?: string;
  /** Its input stays open behind that, for `process.stdin`. */
  readonly keepsInput?: boolean;
  /** Takes standard output piece by piece; it is not kept then. */
  readonly onStdout?: (piece: Buffer, process: ChildProcess) => void;
}

/** A temporary project and the real program in it; dispose it to remove both and to see that no container is left. */
export interface Rig extends AsyncDisposable {
  readonly folder: string;
  /** Where the program keeps runs and artifacts; not in `folder`, so no source has it. */
  readonly dataFolder: string;
  write(path: string, content: string | Buffer, mode?: number): void;
  read(path: string): string;
  exists(path: string): boolean;
  start(words: readonly string[], options?: RunOptions): Running;
  run(words: readonly string[], options?: RunOptions): Promise<Finished>;
  /** On a terminal of its own, both streams together; what is written to its input is typed there. */
  startAtTerminal(words: readonly string[]): Running;
}

const docker = (...words: string[]): string => execFileSync('docker', words, { encoding: 'utf8' }).trim();

const RUN_LABEL = 'io.slipway.run-id';

/** What has the label of a run: its identifier and the run's. The tests beside the one that asks go on meanwhile. */
async function labelled(...list: readonly string[]): Promise<[id: string, run: string][]> {
  const words = ['--filter', `label=${RUN_LABEL}`, '--format', `{{.ID}} {{.Label "${RUN_LABEL}"}}`];
  const { stdout } = await promisify(execFile)('docker', [...list, ...words]);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ') as [string, string]); // the format is two words
}

/** Identifiers of what is left of the runs made in `folder`; empty when everything was cleaned up. */
export async function leftOf(folder: string): Promise<string[]> {
  const builds = join(folder, '.wercker', 'builds');
  const runs = new Set(existsSync(builds) ? readdirSync(builds) : []);
  if (runs.size === 0) return [];
  const found = await Promise.all([labelled('ps', '-a'), labelled('network', 'ls')]);
  return found.flatMap((things) => things.filter(([, run]) => runs.has(run)).map(([id]) => id));
}

function describeLeft(id: string): string {
  const container = docker(
    'ps',
    '-a',
    '--filter',
    `id=${id}`,
    '--format',
    'container {{.Names}}, {{.Status}}',
  );
  return container || `network ${docker('network', 'ls', '--filter', `id=${id}`, '--format', '{{.Name}}')}`;
}

const dataFolderOf = (folder: string): string => `${folder}-data`;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function startProgram(
  folder: string,
  words: readonly string[],
  options: RunOptions & { readonly terminal?: boolean },
): Running {
  const startedAt = performance.now();
  const atTerminal = ['-qefc', [PROGRAM, ...words].map(quoted).join(' '), '/dev/null'];
  const program = options.program === undefined ? PROGRAM : join(BIN, options.program);
  const child = spawn(options.terminal ? 'script' : program, options.terminal ? atTerminal : words, {
    cwd: join(folder, options.folder ?? '.'),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CACHE_HOME: tmpdir(),
      SLIPWAY_DATA_DIR: dataFolderOf(folder),
      ...options.environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (options.keepsInput) child.stdin.write(options.input ?? '');
  else if (!options.terminal) child.stdin.end(options.input ?? '');
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  const { onStdout } = options;
  if (onStdout !== undefined) child.stdout.on('data', (piece: Buffer) => onStdout(piece, child));
  for (const name of onStdout === undefined ? (['stdout', 'stderr'] as const) : (['stderr'] as const)) {
    child[name].setEncoding('latin1').on('data', (piece: string) => {
      text[name] += piece;
      for (const watcher of watchers) watcher();
    });
  }
  const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
  const finished = once(child, 'close').then(([exitCode]: (number | null)[]) => ({
    exitCode: exitCode ?? null,
    stdout: utf8(text.stdout),
    stderr: utf8(text.stderr),
    durationMs: performance.now() - startedAt,
  }));
  return { process: child, finished, waitFor: (wanted) => waitForText(wanted, text, watchers, finished) };
}

function waitForText(
  wanted: string | RegExp,
  text: { readonly stdout: string; readonly stderr: string },
  watchers: Set<() => void>,
  finished: Promise<Finished>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const all = text.stdout + text.stderr;
      if (!(typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all))) return;
      watchers.delete(look);
      resolve();
    };
    watchers.add(look);
    look();
    void finished.then(({ stderr }) =>
      reject(new Error(`the program ended without printing ${wanted}:\n${stderr}`)),
    );
  });
}

/** Makes a temporary project; `wercker` becomes its `wercker.yml`. */
export function createRig(wercker?: string): Rig {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-rig-'));
  const running = new Set<ChildProcess>();
  let lastSaid = 'nothing';
  const write: Rig['write'] = (path, content, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode });
  };
  const watched = (run: Running): Running => {
    running.add(run.process);
    void run.finished.then((finished) => {
      running.delete(run.process);
      lastSaid = finished.stderr.slice(-2000);
    });
    return run;
  };
  const start: Rig['start'] = (words, options = {}) => watched(startProgram(folder, words, options));
  if (wercker !== undefined) write('wercker.yml', wercker);
  return {
    folder,
    dataFolder: dataFolderOf(folder),
    write,
    start,
    startAtTerminal(words) {
      const environment = { TERM: 'dumb', VISUAL: './editor' };
      return watched(startProgram(folder, words, { environment, terminal: true }));
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    exists: (path) => existsSync(join(folder, path)),
    run: (words, options) => start(words, options).finished,
    async [Symbol.asyncDispose]() {
      const killed = [...running].map((child) => child.kill('SIGKILL')).length > 0;
      const left = await leftOf(folder);
      const what = left.map(describeLeft);
      for (const id of left)
        execFileSync('sh', ['-c', 'docker network rm "$0" 2>/dev/null || docker rm -f "$0"', id]);
      rmSync(folder, { recursive: true, force: true });
      rmSync(dataFolderOf(folder), { recursive: true, force: true });
      // What is killed here leaves things; the test has failed then, and its own failure is the one to tell.
      if (left.length === 0 || killed) return;
      throw new Error(
        `a run left this behind: ${what.join(', ')}; the last one that ended said: ${lastSaid}`,
      );
    },
  };
}
