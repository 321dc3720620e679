import { randomUUID } from 'node:crypto';
import type { Database, Row } from '../../database/index.ts';
import { ADD_UP, DROP_ENTRIES, TAKE_ENTRIES } from './statements.ts';
import type { EndedRun } from './usage.ts';

const AT_ONCE = 2000;

const endedRun = (row: Row): EndedRun => ({
  project: String(row['project']),
  outcome: row['outcome'] as EndedRun['outcome'], // written by our own statements
  seconds: Math.max(0, Number(row['ended']) - Number(row['started'])) / 1000,
  bytes: Number(row['bytes']),
});

/**
 * Adds what was entered to its days. An entry goes in the transaction that adds it, so that it counts once whichever server
 * does it, and whatever becomes of that server. `onEnded` is told of each, by the server that added it.
 */
export async function addUp(
  database: Database,
  onEnded: (run: EndedRun) => void,
  signal?: AbortSignal,
): Promise<void> {
  while (!signal?.aborted) {
    const batch = randomUUID();
    const results = await database.batch([
      { statement: TAKE_ENTRIES, values: [batch, AT_ONCE] },
      { statement: ADD_UP, values: [batch] },
      { statement: DROP_ENTRIES, values: [batch] },
    ]);
    const added = results?.[2] ?? [];
    for (const row of added) onEnded(endedRun(row));
    if (added.length < AT_ONCE) return;
  }
}
