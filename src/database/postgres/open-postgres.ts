import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
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
import { type ConnectionOptions, connectionOptions } from './connection-options.ts';
import { cannotHaveHappened, describeError, isLost } from './describe-error.ts';
import { migrate } from './migrate.ts';

const DEFAULT_CONNECTIONS = 8;
// A server that is started again is back within seconds.
const PATIENCE_MS = 15_000;
const IS_WELL_MS = 3000;

const IS_WELL: Statement = { sqlite: 'SELECT 1', postgres: 'SELECT 1' };

/** Thrown inside of a transaction where an execution did not have its `rows`. */
class Unmet extends Error {}

/** Opens a database of PostgreSQL, with a pool of connections that are made again when they are lost. */
export async function openPostgres(
  { url, connections = DEFAULT_CONNECTIONS }: DatabaseLocation & { readonly type: 'postgres' },
  migrations: readonly Migration[],
): Promise<Database> {
  const options = connectionOptions(url);
  const { name } = options;
  const sql = connect(options, connections);
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

  async function run(
    { statement, values, rows }: Execution,
    on: Pick<Sql, 'unsafe'>,
  ): Promise<readonly Row[]> {
    const bound = values as postgres.ParameterOrJSON<never>[]; // it takes them all
    const result = await on.unsafe(statement.postgres, bound, { prepare: true });
    if (rows !== undefined && result.count !== rows) throw new Unmet();
    return [...result];
  }

  async function transaction(executions: readonly Execution[]): Promise<BatchResult> {
    let isCommitting = false;
    const work = async (): Promise<BatchResult> => {
      isCommitting = false;
      const results = await sql.begin(async (tx) => {
        const all = await Promise.all(executions.map((execution) => run(execution, tx))); // sent at once
        isCommitting = true;
        return all;
      });
      return results;
    };
    const mayRepeat = (error: unknown): boolean =>
      cannotHaveHappened(error) || (isLost(error) && !isCommitting);
    return await patiently(work, mayRepeat);
  }

  const isRead = ({ postgres: text }: Statement): boolean => /^\s*SELECT\b/i.test(text);

  async function query<T extends Row>(statement: Statement, values: Execution['values'] = []) {
    const mayRepeat = isRead(statement) ? isLost : cannotHaveHappened;
    const rows = await patiently(() => run({ statement, values }, sql), mayRepeat);
    return rows as readonly T[]; // the caller wrote the statement
  }

  async function batch(executions: readonly Execution[]): Promise<BatchResult> {
    const [first] = executions;
    if (first === undefined) return [];
    if (executions.length === 1 && first.rows === undefined)
      return [await query(first.statement, first.values)];
    return await transaction(executions).catch((error: DatabaseError) => {
      if (error.cause instanceof Unmet) return undefined;
      throw error;
    });
  }

  async function open() {
    await patiently(() => migrate(sql, name, migrations));
    return await patiently(() => openAnnouncements(sql, listeners));
  }

  const announcements = await open().catch(async (error: unknown) => {
    await sql.end({ timeout: 0 });
    throw error;
  });

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
      const answer = run({ statement: IS_WELL, values: [] }, sql).then(
        () => true,
        () => false,
      );
      return await Promise.race([answer, sleep(IS_WELL_MS, false, { ref: false })]);
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      listeners.clear();
      await announcements[Symbol.asyncDispose]();
      await sql.end({ timeout: 5 });
    },
  };
}

const asText = (value: unknown): string => String(value);

function connect({ url, ssl }: ConnectionOptions, max: number): Sql {
  return postgres(url, {
    max,
    ssl,
    prepare: true,
    fetch_types: false,
    connect_timeout: 10,
    keep_alive: 15,
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    onnotice: () => {},
    connection: {
      application_name: 'slipway',
      statement_timeout: 60_000,
      // One that is frozen in the middle of a batch does not hold its rows for longer.
      idle_in_transaction_session_timeout: 10_000,
      // Every statement here means an index, and plans outlive the statistics that they were made of: one that was made for
      // an empty table would read all of a large one.
      enable_seqscan: 'off',
      enable_bitmapscan: 'off',
      enable_hashjoin: 'off',
      enable_mergejoin: 'off',
      enable_sort: 'off',
      jit: 'off',
    },
    types: {
      bigint: { to: 20, from: [20], serialize: asText, parse: Number },
      // Texts already.
      json: { to: 114, from: [114, 3802], serialize: asText, parse: asText },
    },
  }) as Sql; // further types change none of the methods
}
