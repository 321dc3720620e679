import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { type Database, openBulletin, type Statement } from '../../../database/index.ts';
import type { ShellRelay } from '../shell-relay.ts';
import { openTunnel } from './tunnel.ts';

export interface ShellExchangeOptions {
  readonly database: Database;
  /** This server's offers. */
  readonly relay: ShellRelay;
  /** Brings a worker's socket together with the client at the other end of a connection. */
  readonly serve: (worker: WebSocket, client: Duplex) => void;
  readonly onError: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a question is good for. @defaultValue 10 s, as a client waits */
  readonly waitMs?: number;
}

/** A question to all other servers for a worker's offer. */
export interface Asked {
  /** A connection to the server that has it; does not resolve where none does. */
  readonly found: Promise<Duplex>;
  /** Takes the question back, unless another server has begun to answer it: `false`. */
  withdraw(): Promise<boolean>;
}

/**
 * Brings clients to workers' offers that are at another server of the same database. Dispose it before that: the other servers
 * are told that what goes on is over.
 */
export interface ShellExchange extends AsyncDisposable {
  /**
   * `undefined`: too many questions wait already.
   *
   * @param token - digest of the token that the client knows; absent where it may open any shell of the run
   */
  ask(run: string, token: Buffer | undefined): Asked | undefined;
}

const WAIT_MS = 10_000;
/** Questions of a server that wait: whoever guesses names of runs is not to keep all servers busy. */
const QUESTIONS = 64;
/** Anybody can come with a token, and whether it is one is found out elsewhere: the rest is for those who say who they are. */
const QUESTIONS_WITH_TOKENS = 48;
const MINUTE_MS = 60_000;
/** Longer than a session may be silent: what nobody has read for so long, nobody will. */
const UNREAD_MS = 180 * MINUTE_MS;
/** How long a database that does not answer keeps a server from its end. */
const GOODBYE_MS = 3000;

const both = (text: string): Statement => ({ sqlite: text, postgres: text });
// Whoever writes it first has the session: a server that answers, or the one that asked.
const TAKE = both(
  'INSERT INTO shell_sessions (session, taken) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING session',
);
const FORGET_SESSIONS = both('DELETE FROM shell_sessions WHERE taken < $1');
const FORGET_BYTES = both('DELETE FROM shell_bytes WHERE written < $1');

export function openShellExchange(options: ShellExchangeOptions): ShellExchange {
  const { database, relay, serve, onError, now, waitMs = WAIT_MS } = options;
  const closing = new AbortController();
  const mine = new Map<string, (tunnel: Duplex) => void>();
  const withTokens = new Set<string>();
  const theirs = new Map<string, AbortController>();
  const tunnels = new Set<Duplex>();

  function tunnelOf(session: string, side: 'client' | 'worker'): Duplex {
    const tunnel = openTunnel({ database, session, side, now });
    tunnels.add(tunnel);
    return tunnel.once('close', () => tunnels.delete(tunnel));
  }

  const take = async (session: string): Promise<boolean> => {
    const rows = await database.query(TAKE, [session, now()]);
    return rows.length === 1;
  };

  /** What a server that was killed left. */
  async function forgetOld(): Promise<void> {
    await database.query(FORGET_SESSIONS, [now() - MINUTE_MS]);
    await database.query(FORGET_BYTES, [now() - UNREAD_MS]);
  }

  async function answer(session: string, run: string, token: Buffer | undefined): Promise<void> {
    const withdrawn = new AbortController();
    theirs.set(session, withdrawn);
    const over = AbortSignal.any([closing.signal, withdrawn.signal, AbortSignal.timeout(waitMs)]);
    const worker = await relay.take(run, token, over);
    theirs.delete(session);
    if (worker === undefined) return;
    if (await take(session).catch(() => false)) {
      news.tell(`taken ${session}`);
      serve(worker, tunnelOf(session, 'worker'));
    } else worker.terminate(); // it offers itself again
  }

  const news = openBulletin(database, 'queue.shells', (name = '') => {
    const [what, session = '', run = '', token] = name.split(' ');
    if (what === 'wanted' && !mine.has(session))
      void answer(session, run, token === undefined ? undefined : Buffer.from(token, 'hex')).catch(onError);
    if (what === 'withdrawn') theirs.get(session)?.abort();
    if (what === 'taken') mine.get(session)?.(tunnelOf(session, 'client'));
  });

  return {
    ask(run, token) {
      if (mine.size >= QUESTIONS) return undefined;
      if (token !== undefined && withTokens.size >= QUESTIONS_WITH_TOKENS) return undefined;
      const session = randomUUID();
      if (token !== undefined) withTokens.add(session);
      const { promise: found, resolve } = Promise.withResolvers<Duplex>();
      const end = (): void => {
        mine.delete(session);
        withTokens.delete(session);
      };
      mine.set(session, (tunnel) => {
        end();
        resolve(tunnel);
      });
      forgetOld().catch(onError);
      news.tell(['wanted', session, run, ...(token === undefined ? [] : [token.toString('hex')])].join(' '));
      return {
        found,
        async withdraw() {
          // A database that does not answer has let no other server answer either.
          if (!(await take(session).catch(() => true))) {
            // Whether or not its news came: the other server has the session, or has ended since, which a tunnel finds out.
            mine.get(session)?.(tunnelOf(session, 'client'));
            return false;
          }
          end();
          news.tell(`withdrawn ${session}`);
          return true;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = [...tunnels].map((tunnel) => once(tunnel, 'close'));
      for (const tunnel of tunnels) tunnel.destroy();
      await Promise.race([Promise.allSettled(closed), sleep(GOODBYE_MS, undefined, { ref: false })]);
      news[Symbol.dispose]();
    },
  };
}
