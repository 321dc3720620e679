import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Connection } from './original-client.ts';

/** A process that is spoken with on its standard input and output. */
export interface ReceiverProcess extends Connection {
  readonly process: ChildProcess;
  /** What it has said on its standard error until now. */
  said(): string;
}

/** Speaks with any program: ssh, or a receiver under another name. */
export function connectTo(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ReceiverProcess {
  const child = spawn(program, words, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => {}); // the write that failed says so
  // Not `close`: that waits until somebody has read all that it wrote, such as an answer that a test does not care for.
  const exit = Promise.all([once(child, 'exit'), once(child.stderr, 'end')]).then(
    ([[code]]: [(number | null)[], unknown]) => code ?? null,
  );
  return {
    process: child,
    input: child.stdout,
    exit,
    said: () => said,
    end: () => child.stdin.end(),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        child.stdin.write(bytes, (error) => (error == null ? resolve() : reject(error)));
      }),
  };
}
