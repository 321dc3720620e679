import type { Database } from '../../../database/index.ts';
import type { JsonObject, TaskDefinition } from '../../../queue-api/index.ts';
import { statement, textList } from '../../sql/recordset.ts';
import { gather } from '../../tasks/gather.ts';
import { persistently } from '../../tasks/persistently.ts';
import { isIndexPath } from './index-path.ts';
import type { IndexedTask, TaskIndex } from './task-index.ts';

const ROUTE = 'index.';

/** $1: a list of task ids. Few tasks have such a route; what looks like one is looked at again. */
const WITH_ROUTES = statement(
  (dialect) => `SELECT task_id, definition FROM queue_definitions
    WHERE task_id IN ${textList('$1')[dialect]} AND definition LIKE '%"${ROUTE}%'`,
);

/**
 * Indexes a completed task below each of its routes `index.<path>`. Called before the worker has its answer: one that has
 * none reports again, so that no completed task is missing. Tasks that come together are looked up together.
 */
export function createCompletedIndexer(
  database: Database,
  index: TaskIndex,
): (taskId: string) => Promise<void> {
  const definitionOf = gather<string, TaskDefinition | undefined>({
    size: 100,
    parallel: 2,
    keyOf: (taskId) => taskId,
    async work(taskIds) {
      const rows = await persistently(
        async () => await database.query(WITH_ROUTES, [JSON.stringify(taskIds)]),
      );
      const found = new Map(
        rows.map((row): [unknown, TaskDefinition] => [row['task_id'], JSON.parse(String(row['definition']))]),
      );
      return taskIds.map((taskId) => found.get(taskId));
    },
  });
  return async (taskId) => {
    const definition = await definitionOf(taskId);
    if (definition === undefined) return;
    const task = indexedTask(taskId, definition);
    if (task === undefined) return;
    for (const path of indexPaths(definition)) await index.insert(path, task);
  };
}

/** Routes that name no place say nothing to the index. */
export const indexPaths = ({ routes }: TaskDefinition): readonly string[] =>
  routes
    .filter((route) => route.startsWith(ROUTE))
    .map((route) => route.slice(ROUTE.length))
    .filter(isIndexPath);

/** What a definition says of its entry in `extra.index`; `undefined` where that cannot be meant. */
function indexedTask(taskId: string, { extra, expires }: TaskDefinition): IndexedTask | undefined {
  const said = extra['index'] ?? {};
  if (!isObject(said)) return undefined;
  const { rank = 0, data = {}, expires: until = expires } = said;
  if (typeof rank !== 'number' || !isObject(data) || typeof until !== 'string') return undefined;
  const moment = Date.parse(until);
  return Number.isNaN(moment) ? undefined : { taskId, rank, data, expires: moment };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
