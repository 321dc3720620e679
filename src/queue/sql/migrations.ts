import type { Migration } from '../../database/index.ts';

const TEXT = 'TEXT COLLATE "C"';

// Every claim leaves a dead entry at the head of the index of pending runs, which the next claims pass by: 80,000 of them make a
// claim two to three times as slow. As a part of a large table they would be too few for PostgreSQL to remove them.
const VACUUM = 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000';

/** Both dialects of a table or index: what PostgreSQL calls otherwise is replaced for SQLite. */
function both(...statements: readonly string[]): Pick<Migration, 'sqlite' | 'postgres'> {
  const forSqlite = (text: string): string =>
    text
      .replaceAll(TEXT, 'TEXT')
      .replaceAll('BIGINT', 'INTEGER')
      .replaceAll('SMALLINT', 'INTEGER')
      .replaceAll('BOOLEAN', 'INTEGER')
      .replaceAll(/ WITH \([^)]*\)/g, '')
      .replace(/^(CREATE TABLE[\s\S]*\))$/, '$1 STRICT');
  return { sqlite: statements.map(forSqlite), postgres: statements };
}

/**
 * The tables of the queue. What never changes of a task is apart from its state, so that a change of state writes little; the
 * last run is in columns, because claims and the sweep look for it, and the ones before are JSON.
 */
export const QUEUE_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'queue',
    version: 1,
    about: 'tasks, groups, dependencies, workers, artifacts',
    ...both(
      `CREATE TABLE queue_definitions (
        task_id ${TEXT} PRIMARY KEY,
        task_group_id ${TEXT} NOT NULL,
        place BIGINT NOT NULL,
        expires BIGINT NOT NULL,
        definition TEXT NOT NULL)`,
      'CREATE INDEX queue_definitions_group ON queue_definitions (task_group_id, place, task_id)',
      'CREATE INDEX queue_definitions_place ON queue_definitions (place, task_id)',
      'CREATE INDEX queue_definitions_expires ON queue_definitions (expires)',
      `CREATE TABLE queue_tasks (
        task_id ${TEXT} PRIMARY KEY,
        revision BIGINT NOT NULL,
        task_queue_id ${TEXT} NOT NULL,
        scheduler_id TEXT NOT NULL,
        project_id TEXT NOT NULL,
        task_group_id TEXT NOT NULL,
        retries SMALLINT NOT NULL,
        deadline BIGINT NOT NULL,
        expires BIGINT NOT NULL,
        waiting_for SMALLINT NOT NULL,
        has_dependents BOOLEAN NOT NULL,
        state ${TEXT} NOT NULL,
        priority SMALLINT NOT NULL,
        retries_left SMALLINT NOT NULL,
        place BIGINT NOT NULL,
        run_id SMALLINT,
        reason_created TEXT,
        reason_resolved TEXT,
        worker_group TEXT,
        worker_id TEXT,
        taken_until BIGINT,
        scheduled BIGINT,
        started BIGINT,
        resolved BIGINT,
        earlier_runs TEXT NOT NULL,
        claim_id TEXT,
        claim_slot SMALLINT) WITH (fillfactor = 80, ${VACUUM})`,
      `CREATE INDEX queue_tasks_pending ON queue_tasks (task_queue_id, priority DESC, place) WHERE state = 'pending'`,
      `CREATE INDEX queue_tasks_running ON queue_tasks (task_queue_id, taken_until) WHERE state = 'running'`,
      `CREATE INDEX queue_tasks_deadline ON queue_tasks (deadline) WHERE state IN ('unscheduled', 'pending', 'running')`,
      `CREATE TABLE queue_dependencies (
        required ${TEXT} NOT NULL,
        task_id ${TEXT} NOT NULL,
        any_resolution BOOLEAN NOT NULL,
        satisfied BOOLEAN NOT NULL,
        PRIMARY KEY (required, task_id))`,
      'CREATE INDEX queue_dependencies_task ON queue_dependencies (task_id)',
      `CREATE TABLE queue_groups (
        task_group_id ${TEXT} PRIMARY KEY,
        scheduler_id TEXT NOT NULL,
        expires BIGINT NOT NULL,
        sealed BIGINT)`,
      'CREATE INDEX queue_groups_expires ON queue_groups (expires)',
      `CREATE TABLE queue_workers (
        task_queue_id ${TEXT} NOT NULL,
        worker_group ${TEXT} NOT NULL,
        worker_id ${TEXT} NOT NULL,
        first_claim BIGINT NOT NULL,
        last_active BIGINT NOT NULL,
        expires BIGINT NOT NULL,
        quarantine_until BIGINT,
        quarantine_details TEXT NOT NULL,
        recent_tasks TEXT NOT NULL,
        PRIMARY KEY (task_queue_id, worker_group, worker_id))`,
      'CREATE INDEX queue_workers_expires ON queue_workers (expires)',
      `CREATE TABLE queue_task_queues (
        task_queue_id ${TEXT} PRIMARY KEY,
        last_active BIGINT NOT NULL,
        expires BIGINT NOT NULL)`,
      `CREATE TABLE queue_artifacts (
        task_id ${TEXT} NOT NULL,
        run_id SMALLINT NOT NULL,
        name ${TEXT} NOT NULL,
        storage_type TEXT NOT NULL,
        content_type TEXT NOT NULL,
        content_length BIGINT,
        expires BIGINT NOT NULL,
        present BOOLEAN NOT NULL,
        details TEXT NOT NULL,
        PRIMARY KEY (task_id, run_id, name))`,
      'CREATE INDEX queue_artifacts_expires ON queue_artifacts (expires)',
    ),
  },
  {
    capability: 'queue',
    version: 2,
    about: 'how much is stored of an artifact',
    ...both('ALTER TABLE queue_artifacts ADD COLUMN stored_bytes BIGINT'),
  },
];
