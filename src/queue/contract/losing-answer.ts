import { type Database, DatabaseError } from '../../database/index.ts';

export interface LosingAnswer {
  readonly database: Database;
  /** Whether it has lost one by now, which happens once. */
  readonly hasLost: () => boolean;
}

/** A database that does the first batch with these words in a statement, and loses its answer. */
export function losingAnswer(database: Database, words: string): LosingAnswer {
  let hasLost = false;
  const batch: Database['batch'] = async (executions) => {
    const done = await database.batch(executions);
    const isMeant = executions.some(({ statement }) => statement.sqlite.includes(words));
    if (hasLost || !isMeant) return done;
    hasLost = true;
    throw new DatabaseError('UNAVAILABLE', 'the connection was lost');
  };
  return { database: { ...database, batch }, hasLost: () => hasLost };
}
