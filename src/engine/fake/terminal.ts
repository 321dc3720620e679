import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { Terminal, TerminalOptions, TerminalSize } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { FakeContainer } from './container.ts';
import { enterInParts } from './enter.ts';
import { exitCodeOf } from './exit-code.ts';
import { requireProgram } from './find-program.ts';
import { findHostTool } from './host-tools.ts';
import { runHostTool } from './run-host-tool.ts';

/**
 * Tells which terminal it is on, gives it its size and runs the command. It does not end with Ctrl-C, as the terminal
 * would go with it. Arguments: the file to tell it in, busybox, rows, columns, the command.
 */
const TERMINAL_SCRIPT = `
place=$1 busybox=$2 rows=$3 columns=$4
shift 4
[ "$rows" = 0 ] || "$busybox" stty rows "$rows" cols "$columns"
"$busybox" tty > "$place.new"
"$busybox" mv "$place.new" "$place"
trap : INT QUIT
"$@"
exit $?
`;

/** Runs one more process on a terminal of its own, which `script` of bsdutils makes. Throws `START_FAILED`. */
export async function openTerminalIn(container: FakeContainer, options: TerminalOptions): Promise<Terminal> {
  const launch = await container.companion(options);
  const { tools, environment, folder, command } = launch;
  await requireProgram(container.files, command[0] ?? '', environment['PATH'] ?? '');
  const { rows, columns } = options.size ?? { rows: 0, columns: 0 };
  const place = `${folder}/terminal-${randomBytes(6).toString('hex')}`;
  const { outer, inner } = enterInParts(launch);
  const between = [tools.busybox, 'sh', '-c', TERMINAL_SCRIPT, 'terminal', place, tools.busybox];
  const words = [...outer, ...between, String(rows), String(columns), ...inner];
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const script = await findHostTool('script', 'bsdutils');
  const child = spawn(
    tools.setpriv,
    ['--pdeathsig', 'KILL', script, '-qefc', `exec ${quoted}`, '/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { TERM: 'xterm', ...environment, SHELL: '/bin/sh' },
    },
  );
  return new FakeTerminal(child, { place, busybox: tools.busybox });
}

class FakeTerminal implements Terminal {
  readonly output: AsyncIterable<Buffer>;
  readonly ended: Promise<number>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #where: { readonly place: string; readonly busybox: string };
  #disposed: boolean = false;

  constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    where: { readonly place: string; readonly busybox: string },
  ) {
    this.#child = child;
    this.#where = where;
    child.stdin.on('error', () => {});
    this.output = this.#read();
    this.ended = exitCodeOf(child).then((exitCode) => (this.#disposed ? -1 : exitCode));
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    const closed = () => new EngineError('CLOSED', 'cannot type on the terminal: its process has ended');
    await new Promise<void>((resolve, reject) => {
      if (!this.#child.stdin.writable || this.#child.exitCode !== null) return reject(closed());
      this.#child.stdin.write(bytes, (error) => (error ? reject(closed()) : resolve()));
    });
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    const { busybox } = this.#where;
    const terminal = await this.#terminal();
    if (terminal === undefined) return;
    const size = ['stty', '-F', terminal, 'rows', String(rows), 'cols', String(columns)];
    await runHostTool(busybox, size).catch((error: unknown) => {
      if (this.#child.exitCode === null) throw error;
    });
  }

  /** Without `script` its terminal is gone, and what runs on it is hung up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#child.kill('SIGKILL');
    this.#child.stdout.destroy();
    await this.ended;
  }

  async *#read(): AsyncGenerator<Buffer, void> {
    try {
      yield* this.#child.stdout;
    } catch (error) {
      if (!this.#disposed) throw error;
    }
  }

  /** The path of the terminal, which is told soon after the start; `undefined` when the process has ended before. */
  async #terminal(): Promise<string | undefined> {
    while (this.#child.exitCode === null && this.#child.signalCode === null) {
      const path = await readFile(this.#where.place, 'utf8').catch(() => undefined);
      if (path !== undefined) return path.trim();
      await new Promise(setImmediate);
    }
    return undefined;
  }
}
