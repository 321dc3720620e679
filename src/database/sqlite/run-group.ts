import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row, SqlValue } from '../database.ts';
import { describeError } from './describe-error.ts';
import type { BatchOutcome, Group, GroupOutcome, SentExecution } from './protocol.ts';

interface Prepared {
  readonly statement: StatementSync;
  /** Whether it gives rows, or only changes them. */
  readonly gives: boolean;
  readonly reads: boolean;
}

/** Thrown where an execution did not have its `rows`. */
class Unmet extends Error {}

/** Runs groups on one connection, with its prepared statements. */
export function createGroupRunner(database: DatabaseSync, file: string): (group: Group) => GroupOutcome {
  const prepared = new Map<string, Prepared>();

  function prepare({ sql }: SentExecution): Prepared {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    const made = { statement, gives: statement.columns().length > 0, reads: /^\s*SELECT\b/i.test(sql) };
    prepared.set(sql, made);
    return made;
  }

  function execute(execution: SentExecution): readonly Row[] {
    const { statement, gives } = prepare(execution);
    const values = named(execution.values);
    const rows = gives ? statement.all(values) : [];
    const count = gives ? rows.length : Number(statement.run(values).changes);
    if (execution.rows !== undefined && count !== execution.rows) throw new Unmet();
    return rows;
  }

  const onlyReads = (group: Group): boolean =>
    group.every((batch) => batch.every((execution) => prepare(execution).reads));

  const failed = (error: unknown): BatchOutcome =>
    error instanceof Unmet ? { unmet: true } : { error: describeError(file, error) };

  function runBatch(batch: readonly SentExecution[]): BatchOutcome {
    database.exec('SAVEPOINT batch');
    try {
      const rows = batch.map(execute);
      database.exec('RELEASE batch');
      return { rows };
    } catch (error) {
      // A full disk and the like roll everything back by themselves: then the whole group has failed.
      if (!database.isTransaction) throw error;
      database.exec('ROLLBACK TO batch; RELEASE batch');
      return failed(error);
    }
  }

  function runTogether(group: Group): GroupOutcome {
    database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = group.map(runBatch);
      database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  function runOne(batch: readonly SentExecution[]): BatchOutcome {
    try {
      return { rows: batch.map(execute) };
    } catch (error) {
      return failed(error);
    }
  }

  return (group) => {
    try {
      return onlyReads(group) ? group.map(runOne) : runTogether(group);
    } catch (error) {
      const sent = describeError(file, error);
      return group.map(() => ({ error: sent }));
    }
  };
}

/** Values by their parameters' names: `node:sqlite` binds a list to `?` alone. */
function named(values: readonly SqlValue[]): Record<string, Exclude<SqlValue, boolean>> {
  const byName: Record<string, Exclude<SqlValue, boolean>> = {};
  for (const [i, value] of values.entries())
    byName[`$${i + 1}`] = typeof value === 'boolean' ? Number(value) : value;
  return byName;
}
