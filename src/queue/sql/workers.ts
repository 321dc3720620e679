import { recordset, statement } from './recordset.ts';

const COLUMNS = `task_queue_id, worker_group, worker_id, first_claim, last_active, expires,
  quarantine_until, quarantine_details, recent_tasks`;
const IS = 'task_queue_id = $1 AND worker_group = $2 AND worker_id = $3';

/** $1: task queue, $2 and $3: worker, $4: now, $5: expires. Gives what is known of it. */
export const SEE_WORKER = statement(
  () => `INSERT INTO queue_workers (${COLUMNS})
    VALUES ($1, $2, $3, $4, $4, $5, NULL, '[]', '[]')
    ON CONFLICT (task_queue_id, worker_group, worker_id) DO UPDATE
    SET last_active = excluded.last_active,
      expires = CASE WHEN queue_workers.expires > excluded.expires THEN queue_workers.expires ELSE excluded.expires END
    RETURNING ${COLUMNS}`,
);

/** $1: task queue, $2: now, $3: expires. */
export const SEE_TASK_QUEUE = statement(
  () => `INSERT INTO queue_task_queues (task_queue_id, last_active, expires) VALUES ($1, $2, $3)
    ON CONFLICT (task_queue_id) DO UPDATE SET last_active = excluded.last_active, expires = excluded.expires`,
);

/** $1: task queue, $2 and $3: worker. */
export const WORKER = statement(() => `SELECT ${COLUMNS} FROM queue_workers WHERE ${IS}`);

const NAMES = { task_queue_id: 'text', worker_group: 'text', worker_id: 'text' } as const;
const JOINED = `queue_workers.task_queue_id = x.task_queue_id AND queue_workers.worker_group = x.worker_group
  AND queue_workers.worker_id = x.worker_id`;

/** $1: JSON list of workers. */
export const WORKERS_NAMED = statement(
  (
    d,
  ) => `SELECT queue_workers.task_queue_id, queue_workers.worker_group, queue_workers.worker_id, recent_tasks
    FROM ${recordset('$1', NAMES)[d]} JOIN queue_workers ON ${JOINED}`,
);

/** $1: JSON list of what workers did, and what was there before; $2: now. Gives those where it still was. */
export const KEEP_RECENT = statement(
  (d) => `UPDATE queue_workers SET recent_tasks = x.recent, last_active = $2
    FROM ${recordset('$1', { ...NAMES, before: 'text', recent: 'text' })[d]}
    WHERE ${JOINED} AND queue_workers.recent_tasks = x.before
    RETURNING queue_workers.task_queue_id AS task_queue_id, queue_workers.worker_group AS worker_group,
      queue_workers.worker_id AS worker_id`,
);

/** $1 to $3: worker, $4: until when, $5: details, $6: details before. */
export const QUARANTINE = statement(
  () => `UPDATE queue_workers SET quarantine_until = $4, quarantine_details = $5
    WHERE ${IS} AND quarantine_details = $6`,
);

/** $1 to $3: worker, $4: when it expires. */
export const SET_WORKER_EXPIRES = statement(() => `UPDATE queue_workers SET expires = $4 WHERE ${IS}`);

/**
 * $1: task queue, $2 and $3: the worker after which the page begins, $4: now, $5: how many, $6: all (0), those in quarantine (1),
 * the others (2).
 */
export const WORKER_PAGE = statement(
  () => `SELECT ${COLUMNS} FROM queue_workers
    WHERE task_queue_id = $1 AND (worker_group, worker_id) > ($2, $3)
      AND (expires > $4 OR quarantine_until > $4)
      AND ($6 = 0 OR ($6 = 1) = (COALESCE(quarantine_until, 0) > $4))
    ORDER BY worker_group, worker_id LIMIT $5`,
);

/** $1: task queue after which the page begins, $2: now, $3: how many. */
export const TASK_QUEUE_PAGE = statement(
  () => `SELECT task_queue_id, last_active, expires FROM queue_task_queues
    WHERE task_queue_id > $1 AND expires > $2 ORDER BY task_queue_id LIMIT $3`,
);

/** $1: task queue, $2: now. */
export const TASK_QUEUE = statement(
  () =>
    `SELECT task_queue_id, last_active, expires FROM queue_task_queues WHERE task_queue_id = $1 AND expires > $2`,
);

/** $1: task queue, $2 and $3: worker. What it runs now. */
export const RUNS_OF_WORKER = statement(
  () => `SELECT task_id, run_id FROM queue_tasks
    WHERE task_queue_id = $1 AND state = 'running' AND worker_group = $2 AND worker_id = $3`,
);
