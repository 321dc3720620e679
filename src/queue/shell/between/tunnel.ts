import { Duplex } from 'node:stream';
import type { Database, Row, Statement } from '../../../database/index.ts';

export interface TunnelOptions {
  readonly database: Database;
  readonly session: string;
  /** Whose bytes are written here; those of the other side are read. */
  readonly side: 'client' | 'worker';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often a side says that it is there. @defaultValue 4 s */
  readonly beatMs?: number;
}

const BYTES_CHANNEL = 'queue.shell-bytes';
const PIECE_BYTES = 128 * 1024;
/** Pieces that the other side has not read yet: 1 MiB, as much as a slow side of a shell holds back anywhere. */
const UNREAD_PIECES = 8;
const BEAT_MS = 4000;
/** Whoever says that it is there goes on saying so: after so many beats without it its server is gone. */
const MISSED_BEATS = 3.5;
/** A server of an earlier version says nothing of itself: three rounds of the sockets' own questions. */
const SILENCE_MS = 100_000;
const LOOK_AGAIN_MS = 1000;
const END = new Uint8Array();
/** In place of a number: whoever wrote it reads nothing any more, and what is left of the session is the other's to remove. */
const GONE = -1;

const both = (text: string): Statement => ({ sqlite: text, postgres: text });
const WRITE = both(
  'INSERT INTO shell_bytes (session, side, number, bytes, written) VALUES ($1, $2, $3, $4, $5)',
);
const TAKE = both('DELETE FROM shell_bytes WHERE session = $1 AND side = $2 RETURNING number, bytes');
const FORGET = both('DELETE FROM shell_bytes WHERE session = $1');
const UNREAD = both('SELECT count(*) AS unread FROM shell_bytes WHERE session = $1 AND side = $2');

interface Piece extends Row {
  readonly number: number;
  /** None: the end. */
  readonly bytes: Uint8Array;
}

const hasGone = (pieces: readonly Piece[]): boolean => pieces.some(({ number }) => number === GONE);

/**
 * A connection between two servers that know nothing of each other but their database: bytes are rows that the other side
 * takes away. A side that reads slowly holds the other one back; one that is gone ends it, at once where it says so, else when
 * nothing was heard of it for some beats.
 */
export function openTunnel(options: TunnelOptions): Duplex {
  const { database, session, side, now, beatMs = BEAT_MS } = options;
  const other = side === 'client' ? 'worker' : 'client';
  let [written, unread, expected] = [0, 0, 0];
  let mayHaveRoom = (): void => undefined;
  let inserted: Promise<unknown> = Promise.resolve();
  let [isWanted, isAlone] = [false, false];
  let looking: 'no' | 'yes' | 'again' = 'no';
  let looked: Promise<void> = Promise.resolve();

  const theirBeat = `${session} ${other} here `;
  let patienceMs = SILENCE_MS;
  let silence: NodeJS.Timeout | undefined;
  const news = database.listen(BYTES_CHANNEL, (payload) => {
    if (payload === undefined) heard(); // what was said meanwhile was not heard
    if (payload?.startsWith(theirBeat)) hearBeat(Number(payload.slice(theirBeat.length)));
    if (payload === undefined || payload === `${session} ${other}`) look();
    if (payload === undefined || payload === `${session} ${side} read`) mayHaveRoom();
  });

  function heard(): void {
    clearTimeout(silence);
    if (!tunnel.destroyed) silence = setTimeout(endOfPatience, patienceMs);
  }

  function endOfPatience(): void {
    // Its last bytes are read by somebody who takes his time.
    if (tunnel.readableLength > 0) heard();
    else tunnel.destroy(new Error('the other server says nothing'));
  }

  function hearBeat(theirs: number): void {
    patienceMs = beatMs * MISSED_BEATS;
    heard();
    if (theirs > expected) look(); // the news of them may be lost
  }

  function look(): void {
    if (!isWanted || tunnel.destroyed) return;
    if (looking === 'no') looked = lookNow();
    else looking = 'again';
  }

  async function lookNow(): Promise<void> {
    try {
      do {
        looking = 'yes';
        const pieces = await database.query<Piece>(TAKE, [session, other]);
        if (pieces.length > 0) database.notify(BYTES_CHANNEL, `${session} ${other} read`);
        take(pieces);
      } while ((looking as string) === 'again' && isWanted); // set while it waited
    } catch (error) {
      tunnel.destroy(error as Error); // a database throws nothing else
    } finally {
      looking = 'no';
    }
  }

  function take(pieces: readonly Piece[]): void {
    for (const { number, bytes } of pieces.toSorted((a, b) => a.number - b.number)) {
      if (number === GONE) continue;
      if (number !== expected) throw new Error('bytes of the other server are lost');
      expected += 1;
      heard();
      const goesOn = tunnel.push(bytes.length === 0 ? null : Buffer.from(bytes));
      if (!goesOn) isWanted = false;
    }
    if (!hasGone(pieces)) return;
    isAlone = true;
    mayHaveRoom();
    tunnel.push(null);
  }

  async function waitForRoom(): Promise<void> {
    while (unread >= UNREAD_PIECES && !tunnel.destroyed && !isAlone) {
      const { promise, resolve } = Promise.withResolvers<void>();
      mayHaveRoom = resolve;
      const timer = setTimeout(resolve, LOOK_AGAIN_MS); // where the news was lost
      const [row] = await database.query<{ unread: number }>(UNREAD, [session, side]);
      unread = Number(row?.unread);
      if (unread >= UNREAD_PIECES) await promise;
      clearTimeout(timer);
    }
  }

  async function insert(bytes: Uint8Array): Promise<void> {
    const number = written;
    written += 1;
    unread += 1;
    inserted = write(number, bytes);
    await inserted;
  }

  async function write(number: number, bytes: Uint8Array): Promise<void> {
    await database.query(WRITE, [session, side, number, bytes, now()]);
    database.notify(BYTES_CHANNEL, `${session} ${side}`);
  }

  /** Whoever goes last leaves nothing: each says that it goes before it looks whether the other one has. */
  async function leave(): Promise<void> {
    await Promise.allSettled([inserted, looked]);
    if (!isAlone) await write(GONE, END);
    const rest = await database.query<Piece>(TAKE, [session, other]);
    if (isAlone || hasGone(rest)) await database.query(FORGET, [session]);
  }

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await waitForRoom();
      if (!tunnel.destroyed && !isAlone) await insert(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  const tunnel: Duplex = new Duplex({
    read() {
      isWanted = true;
      look();
    },
    writev: (chunks, done) =>
      void writeAll(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
    final: (done) => void insert(END).then(() => done(), done),
    destroy(error, done) {
      clearTimeout(silence);
      clearInterval(beat);
      news[Symbol.dispose]();
      mayHaveRoom();
      // A database that fails at this has the rows removed by the next that asks.
      leave().then(
        () => done(error),
        () => done(error),
      );
    },
  });
  const sayHere = (): void => database.notify(BYTES_CHANNEL, `${session} ${side} here ${written}`);
  const beat = setInterval(sayHere, beatMs);
  sayHere();
  heard();
  return tunnel;
}
