import type { Database, Row } from '../../../database/index.ts';
import type { JsonObject } from '../../../queue-api/index.ts';
import { pageOf, startOf } from '../../lists/pages.ts';
import type { Page, PageRequest } from '../../queue.ts';
import { recordset, statement } from '../../sql/recordset.ts';
import { persistently } from '../../tasks/persistently.ts';
import { createExpiry } from '../expire-rows.ts';
import { namespacesOf, pathOf, placeOf } from './index-path.ts';

/** What is at a place of the index. */
export interface IndexedTask {
  readonly taskId: string;
  /** Of two tasks at one place the one with the higher rank stays; of two with the same the later one. */
  readonly rank: number;
  readonly data: JsonObject;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface Namespace {
  readonly path: string;
  readonly name: string;
  readonly expires: number;
}

type Placed = IndexedTask & { readonly path: string };

/** Tasks by names that people give them. Every call may be repeated. */
export interface TaskIndex {
  find(path: string): Promise<Placed | undefined>;
  /** In the order of the paths; of those where something is. */
  findAll(paths: readonly string[]): Promise<readonly Placed[]>;
  /** Gives what is there then: a task of a higher rank stays. */
  insert(path: string, task: IndexedTask): Promise<Placed>;
  remove(path: string): Promise<void>;
  /** Tasks immediately in a namespace, by name. */
  tasks(namespace: string, page?: PageRequest): Promise<Page<Placed>>;
  /** Namespaces immediately in one, by name. */
  namespaces(namespace: string, page?: PageRequest): Promise<Page<Namespace>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const COLUMNS = 'parent, name, rank, task_id, data, expires';

/** $1: a list of {parent, name}, $2: now. */
const FIND = statement((dialect) => {
  const wanted = recordset('$1', { parent: 'text', name: 'text' })[dialect];
  return `SELECT ${COLUMNS} FROM index_tasks WHERE (parent, name) IN (SELECT x.parent, x.name FROM ${wanted}) AND expires > $2`;
});

/** $1 to $6: the columns, $7: now. */
const INSERT = statement(
  () => `INSERT INTO index_tasks (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (parent, name) DO UPDATE SET
      rank = excluded.rank, task_id = excluded.task_id, data = excluded.data, expires = excluded.expires
    WHERE index_tasks.rank <= excluded.rank OR index_tasks.expires <= $7`,
);

/** $1, $2: parent and name, $3: expires. Mostly it is there for long enough, and nothing is written. */
const INSERT_NAMESPACE = statement(
  () => `INSERT INTO index_namespaces (parent, name, expires) VALUES ($1, $2, $3)
    ON CONFLICT (parent, name) DO UPDATE SET expires = excluded.expires
    WHERE index_namespaces.expires < excluded.expires`,
);

const REMOVE = statement(() => 'DELETE FROM index_tasks WHERE parent = $1 AND name = $2');

/** $1: namespace, $2: the name before, $3: now, $4: how many. */
const listing = (table: string, columns: string) =>
  statement(
    () =>
      `SELECT ${columns} FROM ${table} WHERE parent = $1 AND name > $2 AND expires > $3 ORDER BY name LIMIT $4`,
  );
const TASKS = listing('index_tasks', COLUMNS);
const NAMESPACES = listing('index_namespaces', 'parent, name, expires');

/** The index of a database. */
export function openTaskIndex(database: Database, now: () => number): TaskIndex {
  const tables = ['index_tasks', 'index_namespaces'].map((table) => ({ table, key: 'parent, name' }));
  const expire = createExpiry(database, tables, now);
  const ask = (query: typeof FIND, values: readonly (string | number)[]) =>
    persistently(async () => await database.query(query, values));
  const findAll = async (paths: readonly string[]): Promise<readonly Placed[]> => {
    const rows = await ask(FIND, [JSON.stringify(paths.map(placeOf)), now()]);
    const found = new Map(rows.map((row) => [pathIn(row), taskIn(row)]));
    return paths.flatMap((path) => found.get(path) ?? []);
  };
  const find = async (path: string): Promise<Placed | undefined> => (await findAll([path]))[0];
  const list = async <T>(
    query: typeof FIND,
    namespace: string,
    page: PageRequest | undefined,
    show: (row: Row) => T,
  ) => {
    const start = startOf(page, ['']);
    const rows = await ask(query, [namespace, start.after[0] ?? '', now(), start.limit + 1]);
    return pageOf(rows, start, { show, keyOf: (row) => [String(row['name'])] });
  };
  return {
    find,
    findAll,
    async insert(path, task) {
      const { parent, name } = placeOf(path);
      const { rank, taskId, data, expires } = task;
      // By whole days, so that namespaces are not written with each of their tasks.
      const namespaceExpires = (Math.floor(expires / DAY_MS) + 1) * DAY_MS;
      await persistently(
        async () =>
          await database.batch([
            // The outermost first, in every batch: two of them never wait for each other.
            ...namespacesOf(path).map((each) => ({
              statement: INSERT_NAMESPACE,
              values: [each.parent, each.name, namespaceExpires],
            })),
            { statement: INSERT, values: [parent, name, rank, taskId, JSON.stringify(data), expires, now()] },
          ]),
      );
      await expire();
      return (await find(path)) ?? { path, ...task };
    },
    async remove(path) {
      const { parent, name } = placeOf(path);
      await ask(REMOVE, [parent, name]);
    },
    tasks: async (namespace, page) => await list(TASKS, namespace, page, taskIn),
    namespaces: async (namespace, page) => await list(NAMESPACES, namespace, page, namespaceIn),
  };
}

const pathIn = (row: Row): string => pathOf({ parent: String(row['parent']), name: String(row['name']) });

const taskIn = (row: Row): Placed => ({
  path: pathIn(row),
  taskId: String(row['task_id']),
  rank: Number(row['rank']),
  data: JSON.parse(String(row['data'])),
  expires: Number(row['expires']),
});

const namespaceIn = (row: Row): Namespace => ({
  path: pathIn(row),
  name: String(row['name']),
  expires: Number(row['expires']),
});
