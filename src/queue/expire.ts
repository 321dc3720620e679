import type { Clock } from '../database/index.ts';
import type { Duty } from '../kernel/index.ts';
import { artifactOf } from './artifacts/artifact-calls.ts';
import type { QueueOptions } from './queue-options.ts';
import {
  DROP_ARTIFACTS,
  DROP_OTHERS,
  DROP_TASKS,
  EXPIRED_ARTIFACTS,
  EXPIRED_TASKS,
  NEXT_EXPIRY,
} from './sql/sweeping.ts';

const AT_ONCE = 1000;
// What cannot go yet, because what depends on it is still there, does not make the sweep turn without rest.
const PAUSE_MS = 30_000;

/**
 * Removes what has expired: first what it left elsewhere, then its record, so that nothing is left over that nobody knows of.
 * Tasks go after their artifacts, groups after their tasks.
 */
export function removeExpired(
  clock: Clock,
  {
    database,
    onArtifactsExpired = async () => {},
    onTasksExpired = async () => {},
  }: Pick<QueueOptions, 'database' | 'onArtifactsExpired' | 'onTasksExpired'>,
): Duty {
  async function artifacts(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = clock.now();
      const rows = await database.query(EXPIRED_ARTIFACTS, [now, AT_ONCE]);
      if (rows.length === 0) return;
      await onArtifactsExpired(rows.map(artifactOf));
      const names = rows.map(({ task_id, run_id, name }) => ({ task_id, run_id, name }));
      await database.query(DROP_ARTIFACTS, [JSON.stringify(names), now]);
      if (rows.length < AT_ONCE) return;
    }
  }

  async function tasks(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rows = await database.query(EXPIRED_TASKS, [clock.now(), AT_ONCE]);
      if (rows.length === 0) return;
      const ids = rows.map((row) => String(row['task_id']));
      await onTasksExpired(ids);
      await database.batch(DROP_TASKS.map((statement) => ({ statement, values: [JSON.stringify(ids)] })));
      if (rows.length < AT_ONCE) return;
    }
  }

  return async (signal) => {
    await artifacts(signal);
    await tasks(signal);
    await database.batch(DROP_OTHERS.map((statement) => ({ statement, values: [clock.now()] })));
    const [row] = await database.query<{ moment: number | null }>(NEXT_EXPIRY);
    return Math.max(row?.moment ?? 0, clock.now() + PAUSE_MS);
  };
}
