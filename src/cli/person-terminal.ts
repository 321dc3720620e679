import type { Terminal, TerminalSize } from '../engine/index.ts';

export interface ConnectOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly open: (size: TerminalSize) => Promise<Terminal>;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): TerminalSize =>
  columns > 0 && rows > 0 ? { columns, rows } : DEFAULT_SIZE;

/**
 * Connects this program's terminal with a process's, until that ends; gives its exit code. All keys go there, Ctrl-C
 * included. However it ends the terminal is as it was before.
 */
export async function connectTerminal({ stdin, stdout, open, signal }: ConnectOptions): Promise<number> {
  signal?.throwIfAborted();
  await using terminal = await open(sizeOf(stdout));
  const wasRaw = stdin.isRaw;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal?.reason);
  const onData = (bytes: Buffer): void => {
    terminal.write(bytes).catch(() => undefined); // the process has ended, which `ended` tells
  };
  const onResize = (): void => {
    terminal.resize(sizeOf(stdout)).catch(() => undefined);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  stdin.on('data', onData);
  stdout.on('resize', onResize);
  stdin.setRawMode(true).resume();
  try {
    await Promise.race([show(terminal, stdout), aborted.promise]);
    return await Promise.race([terminal.ended, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stdin.off('data', onData);
    stdout.off('resize', onResize);
    stdin.setRawMode(wasRaw).pause();
  }
}

async function show(terminal: Terminal, stdout: NodeJS.WriteStream): Promise<void> {
  for await (const bytes of terminal.output) stdout.write(bytes);
}
