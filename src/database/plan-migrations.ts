import type { Migration } from './database.ts';
import { DatabaseError } from './error.ts';

/** Where a database is: the version of each capability's tables. */
export type AppliedVersions = ReadonlyMap<string, number>;

/** Which migrations are to be applied, in order. Throws `SCHEMA` where the database is ahead of them. */
export function planMigrations(
  name: string,
  migrations: readonly Migration[],
  applied: AppliedVersions,
): readonly Migration[] {
  const byCapability = Map.groupBy(migrations, ({ capability }) => capability);
  return [...byCapability].flatMap(([capability, all]) => {
    const steps = all.toSorted((a, b) => a.version - b.version);
    checkNumbers(capability, steps);
    const at = applied.get(capability) ?? 0;
    if (at > steps.length) {
      throw new DatabaseError(
        'SCHEMA',
        `The database ${name} was written by a newer Slipway: its tables of "${capability}" have version ${at}, and this program knows ${steps.length}`,
        { hint: 'run the newer program, or restore a copy of the database from before the update' },
      );
    }
    return steps.slice(at);
  });
}

function checkNumbers(capability: string, steps: readonly Migration[]): void {
  const wrong = steps.findIndex(({ version }, i) => version !== i + 1);
  if (wrong !== -1) {
    throw new DatabaseError('STATEMENT', `the migrations of "${capability}" are not numbered 1, 2, 3, …`);
  }
}
