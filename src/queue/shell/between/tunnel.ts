import { Duplex } from 'node:stream';
import type { Database, Row, Statement } from '../../../database/index.ts';

export interface TunnelOptions {
  readonly database: Database;
  readonly session: string;
  /** Whose bytes are written here; those of the other side are read. */
  readonly side: 'client' | 'worker';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** After which a side of which nothing is heard is gone. @defaultValue three rounds of the sockets' own questions */
  readonly silenceMs?: number;
}

const BYTES_CHANNEL = 'queue.shell-bytes';
const PIECE_BYTES = 128 * 1024;
/** Pieces that the other side has not read yet: 1 MiB, as much as a slow side of a shell holds back anywhere. */
const UNREAD_PIECES = 8;
const SILENCE_MS = 100_000;
const LOOK_AGAIN_MS = 1000;
const END = new Uint8Array();

const both = (text: string): Statement => ({ sqlite: text, postgres: text });
const WRITE = both(
  'INSERT INTO shell_bytes (session, side, number, bytes, written) VALUES ($1, $2, $3, $4, $5)',
);
const TAKE = both('DELETE FROM shell_bytes WHERE session = $1 AND side = $2 RETURNING number, bytes');
const UNREAD = both('SELECT count(*) AS unread FROM shell_bytes WHERE session = $1 AND side = $2');

interface Piece extends Row {
  readonly number: number;
  /** None: the end. */
  readonly bytes: Uint8Array;
}

/**
 * A connection between two servers that know nothing of each other but their database: bytes are rows that the other side
 * takes away. A side that reads slowly holds the other one back; one that is gone ends it.
 */
export function openTunnel(options: TunnelOptions): Duplex {
  const { database, session, side, now, silenceMs = SILENCE_MS } = options;
  const other = side === 'client' ? 'worker' : 'client';
  let [written, unread, expected] = [0, 0, 0];
  let mayHaveRoom = (): void => undefined;
  let inserted: Promise<unknown> = Promise.resolve();
  let isWanted = false;
  let looking: 'no' | 'yes' | 'again' = 'no';

  const news = database.listen(BYTES_CHANNEL, (payload) => {
    if (payload === undefined || payload === `${session} ${other}`) void look();
    if (payload === undefined || payload === `${session} ${side} read`) mayHaveRoom();
  });
  const silence = setTimeout(() => tunnel.destroy(new Error('the other server says nothing')), silenceMs);

  async function look(): Promise<void> {
    if (!isWanted || tunnel.destroyed) return;
    if (looking !== 'no') {
      looking = 'again';
      return;
    }
    try {
      do {
        looking = 'yes';
        const pieces = await database.query<Piece>(TAKE, [session, other]);
        if (pieces.length > 0) database.notify(BYTES_CHANNEL, `${session} ${other} read`);
        for (const piece of pieces.toSorted((a, b) => a.number - b.number)) take(piece);
      } while ((looking as string) === 'again' && isWanted); // set while it waited
    } catch (error) {
      tunnel.destroy(error as Error); // a database throws nothing else
    } finally {
      looking = 'no';
    }
  }

  function take({ number, bytes }: Piece): void {
    if (number !== expected) throw new Error('bytes of the other server are lost');
    expected += 1;
    silence.refresh();
    const goesOn = tunnel.push(bytes.length === 0 ? null : Buffer.from(bytes));
    if (!goesOn) isWanted = false;
  }

  async function waitForRoom(): Promise<void> {
    while (unread >= UNREAD_PIECES && !tunnel.destroyed) {
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
    inserted = database.query(WRITE, [session, side, number, bytes, now()]);
    await inserted;
    database.notify(BYTES_CHANNEL, `${session} ${side}`);
  }

  async function writeAll(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await waitForRoom();
      if (!tunnel.destroyed) await insert(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  const tunnel: Duplex = new Duplex({
    read() {
      isWanted = true;
      void look();
    },
    writev: (chunks, done) =>
      void writeAll(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
    final: (done) => void insert(END).then(() => done(), done),
    destroy(error, done) {
      clearTimeout(silence);
      news[Symbol.dispose]();
      mayHaveRoom();
      // The other side hears of the end; what it wrote is read by nobody any more.
      const end = tunnel.writableEnded ? undefined : insert(END);
      const rest = database.query(TAKE, [session, other]);
      void Promise.allSettled([inserted, end, rest]).then(() => done(error));
    },
  });
  return tunnel;
}
