const INTERRUPT = '\u0003';
const BACKSPACE = /[\u007f\b]/;

/**
 * Takes keys as they are typed, until `take` has what it wants. Raw mode only meanwhile: Ctrl-C is given to the process as
 * the signal that it is. Rejects when `signal` aborts; the terminal is restored either way.
 */
async function readRaw<T>(
  stdin: NodeJS.ReadStream,
  signal: AbortSignal,
  take: (key: string) => T | undefined,
): Promise<T> {
  signal.throwIfAborted();
  const wasRaw = stdin.isRaw;
  const found = Promise.withResolvers<T>();
  const onData = (piece: Buffer): void => {
    for (const key of piece.toString('utf8')) {
      if (key === INTERRUPT) {
        process.kill(process.pid, 'SIGINT');
        return;
      }
      const value = take(key);
      if (value !== undefined) found.resolve(value);
    }
  };
  const onEnd = (): void => found.reject(new Error('the terminal was closed'));
  const onAbort = (): void => found.reject(signal.reason);
  stdin.on('data', onData).once('end', onEnd);
  signal.addEventListener('abort', onAbort, { once: true });
  stdin.setRawMode(true).resume();
  try {
    return await found.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stdin.off('data', onData).off('end', onEnd);
    stdin.setRawMode(wasRaw).pause();
  }
}

/** The next key that is typed. */
export const readKey = (stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> =>
  readRaw(stdin, signal, (key) => key);

/** A line as it is typed, shown on `echo`, without its end. */
export async function readLine(
  stdin: NodeJS.ReadStream,
  echo: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<string> {
  let line = '';
  return await readRaw(stdin, signal, (key) => {
    if (key === '\r' || key === '\n') {
      echo.write('\n');
      return line;
    }
    if (BACKSPACE.test(key)) {
      if (line !== '') echo.write('\b \b');
      line = line.slice(0, -1);
    } else if (key >= ' ') {
      line += key;
      echo.write(key);
    }
    return undefined;
  });
}
