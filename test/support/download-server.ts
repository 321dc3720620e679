import { freePort } from './free-port.ts';
import type { Rig, Running, RunOptions } from './rig.ts';

/** A line of a server's log. */
export interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly msg: string;
}

/** A download server that answers. */
export interface Served {
  readonly url: string;
  readonly running: Running;
  /** What it has logged until now. */
  log(): LogLine[];
}

const linesOf = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Starts a server with a command line and waits until it says where it listens. The rig ends it. */
export async function serve(rig: Rig, words: readonly string[], options: RunOptions = {}): Promise<Served> {
  const running = rig.start(words, options);
  let text = '';
  running.process.stderr?.on('data', (piece: string) => {
    text += piece;
  });
  await running.waitFor(/"msg":"serving [^"]* on port .*\n/);
  const log = (): LogLine[] => linesOf(text);
  const url = log().find(({ msg }) => msg.startsWith('serving'))?.['url'];
  if (typeof url !== 'string') throw new Error(`no address in the log: ${text}`);
  return { url, running, log };
}

const TRIES = 10;

/** Does it with a free port, for programs that take no 0; again, where another program was given that port meanwhile. */
export async function onFreePort(start: (port: number) => Promise<Served>): Promise<Served> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes('another program listens there');
      if (!isTaken || tries === TRIES) throw error;
    }
  }
}
