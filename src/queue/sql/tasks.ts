import { recordset, statement, textList } from './recordset.ts';
import { CHANGING, RECORD_COLUMNS } from './task-rows.ts';

export const columnsOf = (table: string): string =>
  RECORD_COLUMNS.map((name) => `${table}.${name}`).join(', ');

const DEFINITION =
  '(SELECT definition FROM queue_definitions d WHERE d.task_id = queue_tasks.task_id) AS definition';

/** $1: JSON list of task ids. */
export const LOAD_RECORDS = statement(
  (d) => `SELECT ${columnsOf('queue_tasks')} FROM queue_tasks WHERE task_id IN ${textList('$1')[d]}`,
);

/** $1: JSON list of task ids. */
export const LOAD_TASKS = statement(
  (d) =>
    `SELECT ${columnsOf('queue_tasks')}, ${DEFINITION} FROM queue_tasks WHERE task_id IN ${textList('$1')[d]}`,
);

const SAVED = { task_id: 'text', revision: 'bigint', ...CHANGING } as const;

/** $1: JSON list of tasks as they are to be, with the revision that they had. Gives those that still had it. */
export const SAVE = statement(
  (d) => `UPDATE queue_tasks SET revision = queue_tasks.revision + 1, claim_id = NULL,
    ${Object.keys(CHANGING)
      .map((name) => `${name} = x.${name}`)
      .join(', ')}
    FROM ${recordset('$1', SAVED)[d]}
    WHERE queue_tasks.task_id = x.task_id AND queue_tasks.revision = x.revision
    RETURNING queue_tasks.task_id AS task_id`,
);

/**
 * What waited for a task that has ended waits for one less, and becomes pending when that was the last. $1: the task,
 * $2: whether it completed, $3: now, $4: place. In the order of their ids, so that several who do so never wait in a ring.
 */
export const RELEASE_DEPENDENTS = statement((d) => {
  const waiting = `SELECT task_id FROM queue_dependencies
    WHERE required = $1 AND NOT satisfied AND (any_resolution OR $2)`;
  const locked = {
    sqlite: `queue_tasks.task_id IN (${waiting})`,
    postgres: `queue_tasks.task_id IN
      (SELECT task_id FROM queue_tasks WHERE task_id IN (${waiting}) ORDER BY task_id FOR UPDATE)`,
  }[d];
  const due = "CASE WHEN state = 'unscheduled' AND waiting_for = 1 THEN";
  return `UPDATE queue_tasks SET waiting_for = waiting_for - 1, revision = revision + 1,
    state = ${due} 'pending' ELSE state END,
    run_id = ${due} 0 ELSE run_id END,
    reason_created = ${due} 'scheduled' ELSE reason_created END,
    scheduled = ${due} $3 ELSE scheduled END,
    place = ${due} $4 ELSE place END
    WHERE ${locked}
    RETURNING task_id, task_group_id, task_queue_id, state, waiting_for`;
});

/** After the one before, in the same batch. $1: the task, $2: whether it completed. */
export const SATISFY = statement(
  () => `UPDATE queue_dependencies SET satisfied = TRUE
    WHERE required = $1 AND NOT satisfied AND (any_resolution OR $2)`,
);

/** $1: the task. What waited for it, and is pending by now. */
export const PENDING_DEPENDENTS = statement(
  () => `SELECT task_id, task_group_id, task_queue_id FROM queue_tasks
    WHERE state = 'pending' AND task_id IN (SELECT task_id FROM queue_dependencies WHERE required = $1)`,
);

const NEW_DEFINITION = {
  task_id: 'text',
  task_group_id: 'text',
  place: 'bigint',
  expires: 'bigint',
  definition: 'text',
  scheduler_id: 'text',
} as const;

/** $1: JSON list of groups. Those that are there stay as they are. */
export const INSERT_GROUPS = statement(
  (d) => `INSERT INTO queue_groups (task_group_id, scheduler_id, expires)
    SELECT task_group_id, scheduler_id, expires
    FROM ${recordset('$1', { task_group_id: 'text', scheduler_id: 'text', expires: 'bigint' })[d]}
    WHERE TRUE ORDER BY task_group_id ON CONFLICT DO NOTHING`,
);

/** $1: JSON list of definitions. Gives those that are new, and fit their group: that cannot be sealed meanwhile. */
export const INSERT_DEFINITIONS = statement(
  (d) => `INSERT INTO queue_definitions (task_id, task_group_id, place, expires, definition)
    SELECT x.task_id, x.task_group_id, x.place, x.expires, x.definition
    FROM ${recordset('$1', NEW_DEFINITION)[d]} JOIN queue_groups g ON g.task_group_id = x.task_group_id
    WHERE g.scheduler_id = x.scheduler_id AND g.sealed IS NULL
    ${d === 'postgres' ? 'FOR SHARE OF g' : ''} ON CONFLICT DO NOTHING RETURNING task_id`,
);

const NEW_TASK = {
  task_id: 'text',
  place: 'bigint',
  task_queue_id: 'text',
  scheduler_id: 'text',
  project_id: 'text',
  task_group_id: 'text',
  retries: 'bigint',
  deadline: 'bigint',
  expires: 'bigint',
  waiting_for: 'bigint',
  has_dependents: 'boolean',
  state: 'text',
  priority: 'bigint',
  retries_left: 'bigint',
  run_id: 'bigint',
  reason_created: 'text',
  scheduled: 'bigint',
} as const;
const NEW_TASK_COLUMNS = Object.keys(NEW_TASK);

/** After the one before, in the same batch. $1: JSON list of tasks: those that are new are known by their place. */
export const INSERT_TASKS = statement(
  (d) => `INSERT INTO queue_tasks (${NEW_TASK_COLUMNS.join(', ')}, revision, earlier_runs)
    SELECT ${NEW_TASK_COLUMNS.map((name) => `x.${name}`).join(', ')}, 0, '[]'
    FROM ${recordset('$1', NEW_TASK)[d]}
    JOIN queue_definitions n ON n.task_id = x.task_id AND n.place = x.place
    WHERE TRUE ON CONFLICT DO NOTHING`,
);

const NEW_DEPENDENCY = {
  required: 'text',
  task_id: 'text',
  any_resolution: 'boolean',
  satisfied: 'boolean',
} as const;

/** $1: JSON list of dependencies. */
export const INSERT_DEPENDENCIES = statement(
  (d) => `INSERT INTO queue_dependencies (required, task_id, any_resolution, satisfied)
    SELECT required, task_id, any_resolution, satisfied FROM ${recordset('$1', NEW_DEPENDENCY)[d]}`,
);

/** $1: JSON list of tasks that are waited for, $2: whether any resolution will do. Gives those that have not ended so. */
export const MARK_REQUIRED = statement((d) => {
  const open = `task_id IN ${textList('$1')[d]}
    AND state <> 'completed' AND NOT ($2 AND state IN ('failed', 'exception'))`;
  const locked = {
    sqlite: open,
    postgres: `task_id IN (SELECT task_id FROM queue_tasks WHERE ${open} ORDER BY task_id FOR UPDATE)`,
  }[d];
  return `UPDATE queue_tasks SET has_dependents = TRUE,
    revision = revision + CASE WHEN has_dependents THEN 0 ELSE 1 END
    WHERE ${locked}`;
});

/** $1: task. */
export const DEFINITION_OF = statement(() => 'SELECT definition FROM queue_definitions WHERE task_id = $1');

/** $1: group. */
export const GROUP_OF = statement(
  () => 'SELECT task_group_id, scheduler_id, expires, sealed FROM queue_groups WHERE task_group_id = $1',
);

/**
 * Gives pending runs to those who wait for them, most urgent first, then the oldest. $1: task queue, $2: now, $3: JSON list of
 * workers, each with what its claim is known by: the statement, and behind a space what the worker calls it; $4: how many, $5: until
 * when they are taken. A run that somebody else is changing is left to them.
 */
export const CLAIM = statement((d) => {
  const picked = `SELECT task_id, priority, place FROM queue_tasks
    WHERE task_queue_id = $1 AND state = 'pending' AND deadline > $2
    ORDER BY priority DESC, place LIMIT $4`;
  const skip = d === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  const of = (name: string): string =>
    ({
      sqlite: `json_extract($3, '$[' || (p.slot - 1) || '].${name}')`,
      postgres: `$3::jsonb -> (p.slot - 1)::int ->> '${name}'`,
    })[d];
  // Materialized: looked at twice, it would lock more than was asked for.
  return `WITH p AS MATERIALIZED (
      SELECT task_id, row_number() OVER (ORDER BY priority DESC, place) AS slot FROM (${picked} ${skip}) AS locked)
    UPDATE queue_tasks SET revision = revision + 1, state = 'running',
    worker_group = ${of('worker_group')}, worker_id = ${of('worker_id')}, started = $2, taken_until = $5,
    claim_id = ${of('claim_id')}, claim_slot = p.slot
    FROM p WHERE queue_tasks.task_id = p.task_id
    RETURNING ${columnsOf('queue_tasks')}, claim_slot, ${DEFINITION}`;
});

/** What a statement took whose answer was lost. $1: task queue, $2: what the statement is known by. */
export const CLAIMED_BY = statement(
  () => `SELECT ${columnsOf('queue_tasks')}, claim_slot, ${DEFINITION} FROM queue_tasks
    WHERE task_queue_id = $1 AND state = 'running' AND substr(claim_id, 1, 36) = $2`,
);

/**
 * Takes once more, for the same worker, what a claim took whose answer it never got; nothing of what has changed since. $1: task
 * queue, $2 and $3: group and id of the worker, $4: what it calls the claim, $5: until when, $6: now, from which workers count how long
 * claims hold. Always longer than before: a claim that was given twice is known by its end.
 */
export const CLAIM_AGAIN = statement(
  () => `UPDATE queue_tasks SET revision = revision + 1, started = $6,
    taken_until = CASE WHEN taken_until < $5 THEN $5 ELSE taken_until + 1 END
    WHERE task_queue_id = $1 AND state = 'running' AND worker_group = $2 AND worker_id = $3
      AND substr(claim_id, 38) = $4
    RETURNING ${columnsOf('queue_tasks')}, ${DEFINITION}`,
);
