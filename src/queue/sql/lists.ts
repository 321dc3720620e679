import { statement } from './recordset.ts';
import { columnsOf } from './tasks.ts';

const TASKS = `SELECT ${columnsOf('queue_tasks')}, d.definition, d.place AS created_place
  FROM queue_definitions d JOIN queue_tasks ON queue_tasks.task_id = d.task_id`;

/** $1: group, $2 and $3: place and task after which the page begins, $4: how many. */
export const GROUP_PAGE = statement(
  () => `${TASKS} WHERE d.task_group_id = $1 AND (d.place, d.task_id) > ($2, $3)
    ORDER BY d.place, d.task_id LIMIT $4`,
);

/** Newest first. $1 and $2: place and task before which the page begins, $3: state or '', $4: task queue or '', $5: how many. */
export const NEWEST_PAGE = statement(
  () => `${TASKS} WHERE (d.place, d.task_id) < ($1, $2)
    AND ($3 = '' OR queue_tasks.state = $3) AND ($4 = '' OR queue_tasks.task_queue_id = $4)
    ORDER BY d.place DESC, d.task_id DESC LIMIT $5`,
);

/** $1: the task that they require, $2: the task after which the page begins, $3: how many. */
export const DEPENDENTS_PAGE = statement(
  () => `SELECT ${columnsOf('queue_tasks')}, d.definition
    FROM queue_dependencies e JOIN queue_definitions d ON d.task_id = e.task_id
      JOIN queue_tasks ON queue_tasks.task_id = e.task_id
    WHERE e.required = $1 AND e.task_id > $2 ORDER BY e.task_id LIMIT $3`,
);

/** $1: task queue. */
export const COUNTS = statement(
  () => `SELECT (SELECT count(*) FROM queue_tasks WHERE task_queue_id = $1 AND state = 'pending') AS pending,
    (SELECT count(*) FROM queue_tasks WHERE task_queue_id = $1 AND state = 'running') AS claimed`,
);

/** In the order in which they will be claimed. $1: task queue, $2 to $4: rank, place and task after which the page begins, $5: how many. */
export const PENDING_PAGE = statement(
  () => `SELECT ${columnsOf('queue_tasks')}, d.definition
    FROM queue_tasks JOIN queue_definitions d ON d.task_id = queue_tasks.task_id
    WHERE queue_tasks.task_queue_id = $1 AND queue_tasks.state = 'pending'
      AND (-queue_tasks.priority, queue_tasks.place, queue_tasks.task_id) > ($2, $3, $4)
    ORDER BY -queue_tasks.priority, queue_tasks.place, queue_tasks.task_id LIMIT $5`,
);

/** $1: task queue, $2 and $3: start and task after which the page begins, $4: how many. */
export const CLAIMED_PAGE = statement(
  () => `SELECT ${columnsOf('queue_tasks')}, d.definition
    FROM queue_tasks JOIN queue_definitions d ON d.task_id = queue_tasks.task_id
    WHERE queue_tasks.task_queue_id = $1 AND queue_tasks.state = 'running'
      AND (queue_tasks.started, queue_tasks.task_id) > ($2, $3)
    ORDER BY queue_tasks.started, queue_tasks.task_id LIMIT $4`,
);

/** $1: group. The ids of its tasks. */
export const GROUP_MEMBERS = statement(
  () => 'SELECT task_id FROM queue_definitions WHERE task_group_id = $1 ORDER BY place, task_id',
);

/** $1: group, $2: now. */
export const SEAL_GROUP = statement(
  () => 'UPDATE queue_groups SET sealed = $2 WHERE task_group_id = $1 AND sealed IS NULL',
);

/** $1: group. With the moment until which one of its tasks is there. */
export const GROUP = statement(
  () => `SELECT task_group_id, scheduler_id, sealed, expires,
    (SELECT max(d.expires) FROM queue_definitions d WHERE d.task_group_id = queue_groups.task_group_id) AS last_expires
    FROM queue_groups WHERE task_group_id = $1`,
);
