import type { WholeTask } from '../api/task.ts';
import { OWN_API, type TaskRun } from '../api/tasks.ts';

/** The names of the logs of a task's run. */
export interface LogNames {
  readonly live: string;
  /** Of its steps: only what ran a pipeline has any. */
  readonly events?: string;
}

const LIVE = 'public/logs/live.log';

/** Where the log of a task is, as its payload says (`docs/worker.md`); the events of its steps are beside it. */
export function logNamesOf(payload: unknown): LogNames {
  const fields: Partial<Record<string, unknown>> =
    typeof payload === 'object' && payload !== null ? payload : {};
  const named = fields['log'];
  const live = typeof named === 'string' && named !== '' ? named : LIVE;
  const folder = live.slice(0, live.lastIndexOf('/') + 1);
  return { live, ...('pipeline' in fields && { events: `${folder}events.jsonl` }) };
}

/** Where a log of a run is; a run that has not begun has none. */
export function logPath(
  { task, status }: WholeTask,
  run: TaskRun | undefined,
  which: 'live' | 'events',
): string | undefined {
  if (run?.started === undefined) return undefined;
  const name = logNamesOf(task.payload)[which];
  if (name === undefined) return undefined;
  return `${OWN_API}/task/${status.taskId}/runs/${run.runId}/log/${encodeURIComponent(name)}`;
}
