import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BatchResult,
  Database,
  DatabaseLocation,
  Execution,
  Migration,
  Row,
  Statement,
} from '../database.ts';
import { DatabaseError } from '../error.ts';
import { createLocalListeners } from '../local-listeners.ts';
import { openAnnouncements } from './announcements.ts';
import { type Answer, type Connection, openConnection } from './connection.ts';
import { connectionOptions } from './connection-options.ts';
import { cannotHaveHappened, describeError, isLost } from './describe-error.ts';
import { migrate } from './migrate.ts';
import { createPool } from './pool.ts';

const DEFAULT_CONNECTIONS = 8;
// A server that is started again is back within seconds.
const PATIENCE_MS = 15_000;
const IS_WELL_MS = 3000;

const IS_WELL: Statement = { sqlite: 'SELECT 1', postgres: 'SELECT 1' };

/** Opens a database of PostgreSQL, with a pool of connections that are made again when they are lost. */
export async function openPostgres(
  { url, connections = DEFAULT_CONNECTIONS }: DatabaseLocation & { readonly type: 'postgres' },
  migrations: readonly Migration[],
  signal?: AbortSignal,
): Promise<Database> {
  signal?.throwIfAborted();
  const options = connectionOptions(url);
  const { name } = options;
  const pool = createPool(() => openConnection(options), connections);
  const listeners = createLocalListeners();
  let isClosed = false;

  /** Does it again as long as it certainly did not happen. */
  async function patiently<T>(work: () => Promise<T>, mayRepeat = cannotHaveHappened): Promise<T> {
    const endsAt = performance.now() + PATIENCE_MS;
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      if (isClosed) throw new DatabaseError('CLOSED', `The database ${name} is closed`);
      try {
        return await work();
      } catch (error) {
        if (!mayRepeat(error) || performance.now() + pauseMs > endsAt) throw describeError(name, error);
        await sleep(pauseMs * (0.5 + Math.random() / 2)); // not all at the same moment
      }
    }
  }

  const answer = ({ statement, values }: Execution, on: Connection): Promise<Answer> =>
    on.run(statement.postgres, values);

  async function transaction(executions: readonly Execution[]): Promise<BatchResult> {
    const isGuarded = executions.some(({ rows }) => rows !== undefined);
    let isCommitting = false;
    const work = async (connection: Connection): Promise<BatchResult> => {
      isCommitting = !isGuarded;
      // All sent at once; where nothing has to be looked at before, the end as well.
      const [, answers] = await Promise.all([
        connection.runAll('BEGIN'),
        Promise.all(executions.map((execution) => answer(execution, connection))),
        ...(isGuarded ? [] : [connection.runAll('COMMIT')]),
      ]);
      const isMet = executions.every(({ rows }, i) => rows === undefined || answers[i]?.count === rows);
      isCommitting = isMet;
      if (isGuarded) await connection.runAll(isMet ? 'COMMIT' : 'ROLLBACK');
      return isMet ? answers.map(({ rows }) => rows) : undefined;
    };
    const mayRepeat = (error: unknown): boolean =>
      cannotHaveHappened(error) || (isLost(error) && !isCommitting);
    return await patiently(() => pool.use(work), mayRepeat);
  }

  const isRead = ({ postgres: text }: Statement): boolean => /^\s*SELECT\b/i.test(text);

  async function query<T extends Row>(statement: Statement, values: Execution['values'] = []) {
    const mayRepeat = isRead(statement) ? isLost : cannotHaveHappened;
    const { rows } = await patiently(() => pool.use((on) => answer({ statement, values }, on)), mayRepeat);
    return rows as readonly T[]; // the caller wrote the statement
  }

  async function batch(executions: readonly Execution[]): Promise<BatchResult> {
    const [first] = executions;
    if (first === undefined) return [];
    if (executions.length === 1 && first.rows === undefined)
      return [await query(first.statement, first.values)];
    return await transaction(executions);
  }

  async function open() {
    await patiently(() => pool.use((connection) => migrate(connection, name, migrations)));
    return await patiently(() => openAnnouncements(openListening, listeners));
  }

  let listening: Connection | undefined;
  const openListening = (hear: (channel: string, payload: string) => void): Connection => {
    listening = openConnection(options, hear);
    return listening;
  };

  function leave(): void {
    isClosed = true;
    pool.leaveAll();
    void listening?.end().catch(() => {}); // it may be lost already
  }

  signal?.addEventListener('abort', leave, { once: true });
  const announcements = await open()
    .catch(async (error: unknown) => {
      await pool[Symbol.asyncDispose]();
      signal?.throwIfAborted();
      throw error;
    })
    .finally(() => signal?.removeEventListener('abort', leave));

  return {
    kind: 'postgres',
    name,
    query,
    batch,
    notify(channel, payload) {
      listeners.tell(channel, payload);
      if (!isClosed) announcements.tell(channel, payload);
    },
    listen: (channel, listener) => listeners.add(channel, listener),
    async isWell() {
      if (isClosed) return false;
      const question = pool.use((on) => answer({ statement: IS_WELL, values: [] }, on));
      const answered = question.then(
        () => true,
        () => false,
      );
      return await Promise.race([answered, sleep(IS_WELL_MS, false, { ref: false })]);
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      await announcements[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}
