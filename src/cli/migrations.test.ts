import { describe, expect, it } from 'vitest';
import { MIGRATIONS } from './server-parts.ts';

/** What a server of the version before does not notice: it names its columns, and gives new ones no value. */
const ADDS = [
  /^CREATE (?:UNLOGGED )?TABLE /,
  /^CREATE (?:UNIQUE )?INDEX /,
  /^ALTER TABLE \w+ ADD COLUMN (?![\s\S]*\bNOT NULL\b(?![\s\S]*\bDEFAULT\b))/,
  // Beside what is written, for new tables: who writes is told nothing of it.
  /^CREATE (?:OR REPLACE )?(?:FUNCTION|TRIGGER) /,
];

const onlyAdds = (statement: string): boolean => ADDS.some((form) => form.test(statement.trim()));

describe('the migrations of a server', () => {
  it.each(MIGRATIONS)('of $capability only add in step $version: others go on meanwhile', (migration) => {
    for (const statements of [migration.sqlite, migration.postgres])
      expect(statements.filter((statement) => !onlyAdds(statement))).toEqual([]);
  });

  it.each([
    'DROP TABLE queue_tasks',
    'ALTER TABLE queue_tasks DROP COLUMN state',
    'ALTER TABLE queue_tasks RENAME COLUMN state TO status',
    'ALTER TABLE queue_tasks ADD COLUMN size BIGINT NOT NULL',
  ])('would not pass with %s', (statement) => {
    expect(onlyAdds(statement)).toBe(false);
  });
});
