import type { Migration } from '../../database/index.ts';

const TEXT = 'TEXT COLLATE "C"';

/** Both dialects of a table or an index. */
function both(...statements: readonly string[]): Pick<Migration, 'sqlite' | 'postgres'> {
  const forSqlite = (text: string): string =>
    text
      .replaceAll(TEXT, 'TEXT')
      .replace('BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY', 'INTEGER PRIMARY KEY AUTOINCREMENT')
      .replaceAll('BIGINT', 'INTEGER')
      .replace(/^(CREATE TABLE[\s\S]*\))$/, '$1 STRICT')
      // In the order of its key, so that a year is read and added up from its beginning to its end.
      .replace(/(PRIMARY KEY \(.*\)\)) STRICT$/, '$1 STRICT, WITHOUT ROWID');
  return { sqlite: statements.map(forSqlite), postgres: statements };
}

/** A trigger that writes an entry when something ends, beside the change that ends it. */
interface EndTrigger {
  readonly name: string;
  readonly table: string;
  readonly column: string;
  readonly when: string;
  /** Project, outcome, start, end and bytes of what ended. */
  readonly values: string;
}

const ENTER = 'INSERT INTO usage_entries (project, outcome, started, ended, bytes)';

const triggers = (...all: readonly EndTrigger[]): Pick<Migration, 'sqlite' | 'postgres'> => ({
  sqlite: all.map(
    ({ name, table, column, when, values }) =>
      `CREATE TRIGGER ${name} AFTER UPDATE OF ${column} ON ${table} FOR EACH ROW WHEN ${when}
       BEGIN ${ENTER} VALUES (${values}); END`,
  ),
  postgres: all.flatMap(({ name, table, column, when, values }) => [
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
       $body$ BEGIN ${ENTER} VALUES (${values}); RETURN NULL; END $body$`,
    `CREATE TRIGGER ${name} AFTER UPDATE OF ${column} ON ${table} FOR EACH ROW
       WHEN (${when}) EXECUTE FUNCTION ${name}()`,
  ]),
});

const ENDED = `NEW.state IN ('completed', 'failed', 'exception')`;
const IS_RETRIED = 'NEW.run_id > OLD.run_id';

/** A run that a worker had has ended: the task has too, or its next run waits already. One that is given back has not. */
const RUN_ENDED: EndTrigger = {
  name: 'usage_of_queue_run',
  table: 'queue_tasks',
  column: 'state',
  when: `OLD.state = 'running' AND (${ENDED} OR ${IS_RETRIED})`,
  values: `NEW.project_id,
    CASE WHEN ${IS_RETRIED} OR NEW.state = 'exception' THEN 'exception'
      WHEN NEW.state = 'completed' THEN 'passed' ELSE 'failed' END,
    OLD.started,
    CASE WHEN ${IS_RETRIED} THEN NEW.scheduled ELSE NEW.resolved END,
    (SELECT COALESCE(SUM(COALESCE(a.stored_bytes, a.content_length, 0)), 0) FROM queue_artifacts a
      WHERE a.task_id = NEW.task_id AND a.run_id = OLD.run_id AND a.present)`,
};

/** An image build that a server had begun has ended. What was made before, or by another build, took no room again. */
const BUILD_ENDED: EndTrigger = {
  name: 'usage_of_image_build',
  table: 'builder_builds',
  column: 'ended_at',
  when: 'OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND OLD.started_at IS NOT NULL',
  values: `NEW.user_login,
    CASE NEW.state WHEN 'succeeded' THEN 'passed' WHEN 'failed' THEN 'failed' ELSE 'exception' END,
    OLD.started_at,
    NEW.ended_at,
    CASE WHEN NEW.reused_from IS NULL THEN COALESCE(NEW.added_bytes, 0) ELSE 0 END`,
};

/**
 * Usage by project and day. What ends is entered by the database itself, in the transaction that ends it: whichever server
 * writes that, or is killed after it, each run is entered once, and nobody waits for a row that all of them add to. Entries
 * are added up later. After the tables of queue and builder.
 */
export const USAGE_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'usage',
    version: 1,
    about: 'usage by project and day',
    ...both(
      `CREATE TABLE usage_entries (
        entry_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        project TEXT NOT NULL,
        outcome TEXT NOT NULL,
        started BIGINT NOT NULL,
        ended BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        batch ${TEXT})`,
      'CREATE INDEX usage_entries_batch ON usage_entries (batch)',
      `CREATE TABLE usage_days (
        project ${TEXT} NOT NULL,
        day BIGINT NOT NULL,
        runs BIGINT NOT NULL,
        failed_runs BIGINT NOT NULL,
        duration_ms BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        PRIMARY KEY (project, day))`,
      `CREATE TABLE usage_recorded_runs (
        run_id ${TEXT} PRIMARY KEY,
        ended BIGINT NOT NULL)`,
    ),
  },
  { capability: 'usage', version: 2, about: 'what ends is entered', ...triggers(RUN_ENDED, BUILD_ENDED) },
];
