import { statement } from './recordset.ts';

// One of the statements below asks for one task queue where $1 names it, and for all where it is ''.
const ASKED = "($1 = '' OR task_queue_id = $1)";

/** $1: task queue or '', $2: now, $3: how many. */
export const QUEUES = statement(
  () => `SELECT task_queue_id, last_active FROM queue_task_queues
    WHERE ${ASKED} AND expires > $2 ORDER BY task_queue_id LIMIT $3`,
);

const counted = (state: 'pending' | 'running'): string =>
  `SELECT task_queue_id, '${state}' AS state, count(*) AS tasks FROM queue_tasks
   WHERE state = '${state}' AND ${ASKED} GROUP BY task_queue_id`;

/** How many tasks wait and run. $1: task queue or ''. Each half is read from the index of its state. */
export const ALL_COUNTS = statement(() => `${counted('pending')} UNION ALL ${counted('running')}`);

/** Those that were active last. $1: task queue or '', $2: now, $3: how many of each task queue. */
export const ACTIVE_WORKERS = statement(
  () => `SELECT * FROM (SELECT task_queue_id, worker_group, worker_id, first_claim, last_active, quarantine_until,
      count(*) OVER (PARTITION BY task_queue_id) AS workers,
      row_number() OVER (PARTITION BY task_queue_id ORDER BY last_active DESC, worker_group, worker_id) AS place
      FROM queue_workers WHERE ${ASKED} AND (expires > $2 OR quarantine_until > $2)) AS w
    WHERE place <= $3 ORDER BY task_queue_id, place`,
);

/** What workers have now, the newest first. $1: task queue or '', $2: how many in all. Definitions are read of these alone. */
export const RUNNING = statement((d) => {
  const name = {
    sqlite: "json_extract(d.definition, '$.metadata.name')",
    postgres: "d.definition::jsonb -> 'metadata' ->> 'name'",
  }[d];
  return `SELECT r.task_id AS task_id, run_id, task_queue_id, worker_group, worker_id, started, taken_until, ${name} AS name
    FROM (SELECT task_id, run_id, task_queue_id, worker_group, worker_id, started, taken_until FROM queue_tasks
      WHERE state = 'running' AND ${ASKED} ORDER BY started DESC, task_id LIMIT $2) AS r
    JOIN queue_definitions d ON d.task_id = r.task_id ORDER BY started DESC, r.task_id`;
});
