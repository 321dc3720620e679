import { CacheError } from '../../../error.ts';
import type { ManyFilesOptions } from '../../remote-files.ts';
import { shownUrl } from '../shown-url.ts';
import { connect } from './connect.ts';
import { Incoming } from './incoming.ts';
import { readPlainAnswer } from './plain-answer.ts';

/** Many files of one web server. */
export interface LaneOptions extends ManyFilesOptions {
  /** The repository, with user, password and query. */
  readonly base: URL;
  /** How many connections there are. */
  readonly connections: number;
  readonly stallTimeoutMs: number;
  /** Waits for the turn of another connection. */
  readonly turn: () => Promise<Disposable>;
}

/** How many requests are on their way on one connection: the next answer is there when one has been taken. */
const DEPTH = 8;

const MAX_HEAD_BYTES = 8 * 1024;

/**
 * Fetches many files over a few connections, on each of which the next requests are sent before the answers are there. Only
 * what is plain comes this way: at the first answer that is not, or that cannot be taken, it ends, and what was not taken is
 * to be asked for one by one, by whoever understands more and says what is wrong. Throws what taking throws for other reasons
 * than what came, and `signal.reason`.
 */
export async function fetchInLanes(paths: readonly string[], options: LaneOptions): Promise<void> {
  const work: Work = {
    ...options,
    left: [...paths].reverse(),
    request: requestOf(options.base),
    isOver: false,
  };
  const count = Math.min(options.connections, Math.ceil(paths.length / DEPTH));
  const ended = await Promise.allSettled(Array.from({ length: count }, () => keepLane(work)));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

interface Work extends LaneOptions {
  /** Not asked for, the next one last. */
  readonly left: string[];
  readonly request: (path: string) => string;
  isOver: boolean;
}

/** One connection after the other, as long as each brings something: servers close theirs after some requests. */
async function keepLane(work: Work): Promise<void> {
  try {
    using _turn = await work.turn();
    while (!work.isOver && work.left.length > 0) {
      if ((await useConnection(work)) === 0) work.isOver = true;
    }
  } catch (error) {
    work.isOver = true;
    work.signal.throwIfAborted();
    if (!isOfTheAnswer(error)) throw error;
  }
}

/** What came is wrong, or did not come to its end. */
const isOfTheAnswer = (error: unknown): boolean =>
  error instanceof CacheError && ['CORRUPT_OBJECT', 'TOO_LARGE', 'UNAVAILABLE'].includes(error.code);

/** How many files came. */
async function useConnection(work: Work): Promise<number> {
  const { base, signal, stallTimeoutMs } = work;
  signal.throwIfAborted();
  const socket = await connect(base);
  using incoming = new Incoming(socket, { from: shownUrl(base), stallTimeoutMs });
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const asked: string[] = [];
  let taken = 0;
  try {
    for (;;) {
      const more = askMore(work, asked);
      if (more !== '') socket.write(more, 'latin1');
      const [path] = asked;
      if (path === undefined) return taken;
      const isLast = await takeAnswer(work, incoming, path);
      if (isLast === undefined) return taken;
      asked.shift();
      taken += 1;
      if (isLast) return taken;
    }
  } catch (error) {
    if (taken === 0 || !(error instanceof CacheError) || error.code !== 'UNAVAILABLE') throw error;
    return taken;
  } finally {
    work.left.push(...asked.reverse());
    signal.removeEventListener('abort', stop);
  }
}

/** Half of them at a time, in one piece. */
function askMore({ left, request, isOver }: Work, asked: string[]): string {
  let text = '';
  if (isOver || asked.length > DEPTH / 2) return text;
  while (asked.length < DEPTH) {
    const path = left.pop();
    if (path === undefined) break;
    asked.push(path);
    text += request(path);
  }
  return text;
}

/** Whether the answer is the last one of its connection; `undefined`: it is not plain. */
async function takeAnswer(work: Work, incoming: Incoming, path: string): Promise<boolean | undefined> {
  const answer = readPlainAnswer(await incoming.text('\r\n\r\n', MAX_HEAD_BYTES));
  if (answer === undefined) {
    work.isOver = true;
    return undefined;
  }
  const { sizeBytes, isLast } = answer;
  if (sizeBytes <= work.wholeBytes) {
    await work.take(path, { bytes: await incoming.whole(sizeBytes) });
  } else {
    await work.take(path, { content: incoming.pieces(sizeBytes), sizeBytes });
  }
  return isLast;
}

/** Makes requests of paths: what is the same in each is put together once. */
function requestOf(base: URL): (path: string) => string {
  const start = `GET ${base.pathname.replace(/\/+$/, '')}/`;
  const lines = [
    `${base.search} HTTP/1.1`,
    `host: ${base.host}`,
    'user-agent: slipway',
    'accept-encoding: identity',
    ...credentialsOf(base),
    '',
    '',
  ];
  const end = lines.join('\r\n');
  return (path) => start + path.split('/').map(encodeURIComponent).join('/') + end;
}

function credentialsOf({ username, password }: URL): string[] {
  if (username === '' && password === '') return [];
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [`authorization: Basic ${Buffer.from(text).toString('base64')}`];
}
