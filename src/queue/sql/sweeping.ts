import { statement } from './recordset.ts';

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
