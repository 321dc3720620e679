import type { Clock, Database, Statement } from '../database/index.ts';
import type { Duty } from '../kernel/index.ts';
import { QueueError } from './error.ts';
import { LAPSED_CLAIMS, NEXT_DEADLINE, NEXT_LAPSE, PAST_DEADLINE } from './sql/sweeping.ts';
import type { Decision } from './state/decision.ts';
import type { Moment, TaskRecord } from './state/task-record.ts';
import { exceedDeadline, expireClaim } from './state/transitions.ts';
import type { TaskStore } from './tasks/task-store.ts';

// What is changed at the same time.
const AT_ONCE = 100;

interface DutyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: TaskStore;
}

/** Ends claims that were not renewed. */
export const endLapsedClaims = (parts: DutyParts): Duty =>
  endTasks(parts, { find: LAPSED_CLAIMS, next: NEXT_LAPSE, decide: expireClaim });

/** Ends tasks that are past their deadline. */
export const endPastDeadline = (parts: DutyParts): Duty =>
  endTasks(parts, { find: PAST_DEADLINE, next: NEXT_DEADLINE, decide: exceedDeadline });

function endTasks(
  { database, clock, store }: DutyParts,
  how: {
    readonly find: Statement;
    readonly next: Statement;
    readonly decide: (record: TaskRecord, moment: Moment) => Decision;
  },
): Duty {
  async function end(taskId: string): Promise<void> {
    await store.change(taskId, how.decide).catch((error: unknown) => {
      if (!(error instanceof QueueError)) throw error; // it is gone: another server was faster
    });
  }

  return async () => {
    for (;;) {
      const rows = await database.query(how.find, [clock.now(), AT_ONCE]);
      await Promise.all(rows.map((row) => end(String(row['task_id']))));
      if (rows.length < AT_ONCE) break;
    }
    const [row] = await database.query<{ moment: number | null }>(how.next);
    return row?.moment ?? undefined;
  };
}
