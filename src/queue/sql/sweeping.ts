import { recordset, statement, textList } from './recordset.ts';

/** $1: now, $2: how many. */
export const LAPSED_CLAIMS = statement(
  () => `SELECT task_id FROM queue_tasks WHERE state = 'running' AND taken_until <= $1 LIMIT $2`,
);
export const NEXT_LAPSE = statement(
  () => `SELECT min(taken_until) AS moment FROM queue_tasks WHERE state = 'running'`,
);

const UNRESOLVED = "state IN ('unscheduled', 'pending', 'running')";

/** $1: now, $2: how many. */
export const PAST_DEADLINE = statement(
  () => `SELECT task_id FROM queue_tasks WHERE ${UNRESOLVED} AND deadline <= $1 ORDER BY deadline LIMIT $2`,
);
export const NEXT_DEADLINE = statement(
  () => `SELECT min(deadline) AS moment FROM queue_tasks WHERE ${UNRESOLVED}`,
);

/** $1: now, $2: how many. */
export const EXPIRED_ARTIFACTS = statement(
  () => `SELECT task_id, run_id, name, storage_type, content_type, content_length, expires, present, details
    FROM queue_artifacts WHERE expires <= $1 ORDER BY expires LIMIT $2`,
);

/** $1: JSON list of artifacts; of those that were renewed meanwhile nothing goes. $2: now. */
export const DROP_ARTIFACTS = statement((d) => {
  const rows = recordset('$1', { task_id: 'text', run_id: 'bigint', name: 'text' })[d];
  return `DELETE FROM queue_artifacts WHERE expires <= $2 AND (task_id, run_id, name) IN
    (SELECT x.task_id, x.run_id, x.name FROM ${rows})`;
});

/** $1: now, $2: how many. Tasks whose artifacts are gone, and that have ended. */
export const EXPIRED_TASKS = statement(
  () => `SELECT d.task_id FROM queue_definitions d WHERE d.expires <= $1
      AND NOT EXISTS (SELECT 1 FROM queue_artifacts a WHERE a.task_id = d.task_id)
      AND NOT EXISTS (SELECT 1 FROM queue_tasks t WHERE t.task_id = d.task_id AND t.${UNRESOLVED})
    ORDER BY d.expires LIMIT $2`,
);

const drop = (table: string, column: string) =>
  statement((d) => `DELETE FROM ${table} WHERE ${column} IN ${textList('$1')[d]}`);

/** $1: JSON list of task ids, each. In one batch. */
export const DROP_TASKS = [
  drop('queue_dependencies', 'required'),
  drop('queue_dependencies', 'task_id'),
  drop('queue_tasks', 'task_id'),
  drop('queue_definitions', 'task_id'),
];

/** $1: now, each. A group stays as long as one of its tasks does. */
export const DROP_OTHERS = [
  statement(
    () => `DELETE FROM queue_groups WHERE expires <= $1 AND NOT EXISTS
      (SELECT 1 FROM queue_definitions d WHERE d.task_group_id = queue_groups.task_group_id)`,
  ),
  statement(() => 'DELETE FROM queue_workers WHERE expires <= $1 AND COALESCE(quarantine_until, 0) <= $1'),
  statement(() => 'DELETE FROM queue_task_queues WHERE expires <= $1'),
];

const EXPIRING = ['queue_artifacts', 'queue_definitions', 'queue_groups', 'queue_workers'];
/** When the first of all these expires. */
export const NEXT_EXPIRY = statement(
  () =>
    `SELECT min(moment) AS moment FROM (${EXPIRING.map((table) => `SELECT min(expires) AS moment FROM ${table}`).join(' UNION ALL ')}) AS m`,
);
