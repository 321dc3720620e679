import type { Database, Migration, Statement } from '../../database/index.ts';

/** A session that somebody began, as the person whose it is may see it. */
export interface NotedSession {
  readonly sessionId: string;
  readonly clientId: string;
  /** Milliseconds since the epoch. */
  readonly beganAt: number;
  readonly expiresAt: number;
  /** What the browser says of itself: nobody's word for anything. */
  readonly agent: string;
}

/**
 * Which sessions there are, and which of them were ended before their time. A session is good without being looked up here: only
 * that it was ended is known to each server, in memory.
 */
export interface SessionBook extends Disposable {
  /** Writes down that one has begun. Throws `DatabaseError`. */
  note(session: NotedSession): Promise<void>;
  /** Those of a client that go on, the newest first, at most 200. Throws `DatabaseError`. */
  list(clientId: string): Promise<readonly NotedSession[]>;
  /**
   * Ends one of a client's, or (`sessionId` absent) all that it has now, on all servers of the database. Gives how many went on
   * until then; may be repeated. Throws `DatabaseError`.
   */
  end(clientId: string, sessionId?: string): Promise<number>;
  /** Whether one was ended. */
  isEnded(sessionId: string): boolean;
}

export interface SessionBookOptions {
  /** Opened with `SESSION_MIGRATIONS`. Absent: what is noted ends with this object. */
  readonly database?: Database | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of trouble with what other servers ended; what this one ends is told to who asks for it. */
  readonly onError: (error: unknown) => void;
}

/** The table of sessions. */
export const SESSION_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'sessions',
    version: 1,
    about: 'sessions of the page, so that each can be seen and ended',
    sqlite: [
      `CREATE TABLE auth_sessions (session_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, began INTEGER NOT NULL,
         expires INTEGER NOT NULL, agent TEXT NOT NULL, ended INTEGER) STRICT`,
      'CREATE INDEX auth_sessions_client ON auth_sessions (client_id, began)',
      'CREATE INDEX auth_sessions_expires ON auth_sessions (expires)',
    ],
    postgres: [
      `CREATE TABLE auth_sessions (session_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, began BIGINT NOT NULL,
         expires BIGINT NOT NULL, agent TEXT NOT NULL, ended BIGINT)`,
      'CREATE INDEX auth_sessions_client ON auth_sessions (client_id, began)',
      'CREATE INDEX auth_sessions_expires ON auth_sessions (expires)',
    ],
  },
];

const MOST = 200;
const CHANNEL = 'auth-sessions';

const both = (sql: string): Statement => ({ sqlite: sql, postgres: sql });

const NOTE = both(
  `INSERT INTO auth_sessions (session_id, client_id, began, expires, agent) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (session_id) DO NOTHING`,
);
const FORGET = both('DELETE FROM auth_sessions WHERE expires <= $1');
const LIST = both(
  `SELECT session_id, client_id, began, expires, agent FROM auth_sessions
   WHERE client_id = $1 AND ended IS NULL AND expires > $2 ORDER BY began DESC, session_id LIMIT ${MOST}`,
);
const END = both(
  `UPDATE auth_sessions SET ended = $3 WHERE client_id = $1 AND session_id = $2 AND ended IS NULL
   RETURNING session_id, expires`,
);
const END_ALL = both(
  'UPDATE auth_sessions SET ended = $2 WHERE client_id = $1 AND ended IS NULL RETURNING session_id, expires',
);
const ENDED = both('SELECT session_id, expires FROM auth_sessions WHERE ended IS NOT NULL AND expires > $1');

type EndedRow = Readonly<{ session_id: string; expires: number }>;
type SessionRow = EndedRow & Readonly<{ client_id: string; began: number; agent: string }>;

/** Opens the sessions of a server. Throws `DatabaseError`. */
export async function openSessionBook({ database, now, onError }: SessionBookOptions): Promise<SessionBook> {
  if (database === undefined) return passingBook(now);
  // Only ever grows, but for what is over: news that come while it is read are not lost.
  const ended = new Map<string, number>();
  const take = (rows: readonly EndedRow[]): void => {
    for (const [sessionId, expires] of ended) if (expires <= now()) ended.delete(sessionId);
    for (const { session_id, expires } of rows) ended.set(session_id, expires);
  };
  const refresh = async (): Promise<void> => take(await database.query<EndedRow>(ENDED, [now()]));
  const listening = database.listen(CHANNEL, () => void refresh().catch(onError));
  await refresh();
  return {
    async note({ sessionId, clientId, beganAt, expiresAt, agent }) {
      await database.batch([
        { statement: FORGET, values: [now()] },
        { statement: NOTE, values: [sessionId, clientId, beganAt, expiresAt, agent] },
      ]);
    },
    list: async (clientId) => (await database.query<SessionRow>(LIST, [clientId, now()])).map(sessionOf),
    async end(clientId, sessionId) {
      const [statement, values] =
        sessionId === undefined ? [END_ALL, [clientId, now()]] : [END, [clientId, sessionId, now()]];
      const rows = await database.query<EndedRow>(statement, values);
      take(rows);
      if (rows.length > 0) database.notify(CHANNEL, '');
      return rows.length;
    },
    isEnded: (sessionId) => ended.has(sessionId),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

const sessionOf = ({ session_id, client_id, began, expires, agent }: SessionRow): NotedSession => ({
  sessionId: session_id,
  clientId: client_id,
  beganAt: began,
  expiresAt: expires,
  agent,
});

/** Of a server without a database, whose sessions end with it. */
function passingBook(now: () => number): SessionBook {
  const noted = new Map<string, NotedSession>();
  const ended = new Map<string, number>();
  const forget = (): void => {
    for (const [id, { expiresAt }] of noted) if (expiresAt <= now()) noted.delete(id);
    for (const [id, expiresAt] of ended) if (expiresAt <= now()) ended.delete(id);
  };
  const of = (clientId: string): NotedSession[] =>
    [...noted.values()].filter((each) => each.clientId === clientId && each.expiresAt > now());
  return {
    async note(session) {
      forget();
      noted.set(session.sessionId, session);
    },
    list: async (clientId) => of(clientId).reverse().slice(0, MOST),
    async end(clientId, sessionId) {
      const found = of(clientId).filter((each) => sessionId === undefined || each.sessionId === sessionId);
      for (const each of found) {
        noted.delete(each.sessionId);
        ended.set(each.sessionId, each.expiresAt);
      }
      return found.length;
    },
    isEnded: (sessionId) => ended.has(sessionId),
    [Symbol.dispose]: () => noted.clear(),
  };
}
