import type { Priority, ReasonCreated, ReasonResolved, ReportedReason } from '../../queue-api/index.ts';
import { isResolved } from '../../queue-api/index.ts';
import type { WorkerName } from '../queue.ts';
import { change, type Decision, KEEP, refuse } from './decision.ts';
import { iso, lastRun, type Moment, type Run, stateOf, type TaskRecord } from './task-record.ts';

/** Automatic runs and reruns together. */
export const MAX_RUNS = 50;

/** What a worker says of a run that has ended. */
export type Report =
  | { readonly state: 'completed' | 'failed' }
  | { readonly state: 'exception'; readonly reason: ReportedReason };

// Which new run follows a run that ended this way, while retries are left.
const RETRIED: Readonly<Partial<Record<ReasonResolved, ReasonCreated>>> = {
  'worker-shutdown': 'retry',
  'claim-expired': 'retry',
  'intermittent-task': 'task-retry',
};

const replaceLast = (record: TaskRecord, run: Run): TaskRecord => ({
  ...record,
  runs: [...record.runs.slice(0, -1), run],
});

function addRun(record: TaskRecord, reasonCreated: ReasonCreated, { now, place }: Moment): TaskRecord {
  const run: Run = { runId: record.runs.length, state: 'pending', reasonCreated, scheduled: now };
  return { ...record, place, runs: [...record.runs, run] };
}

function late(record: TaskRecord, { now }: Moment): Decision | undefined {
  if (now < record.deadline) return undefined;
  return refuse(
    'RequestConflict',
    `Task ${record.taskId} is past its deadline, ${iso(record.deadline)}: nothing of it can change`,
  );
}

const noSuchRun = (record: TaskRecord, runId: number): Decision =>
  refuse(
    'ResourceNotFound',
    `Task ${record.taskId} has no run ${runId}: it has ${record.runs.length} so far`,
  );

/** Ends the last run, and adds another one where that is retried. */
function resolve(
  record: TaskRecord,
  state: 'completed' | 'failed' | 'exception',
  reasonResolved: ReasonResolved,
  moment: Moment,
): TaskRecord {
  const last = lastRun(record);
  if (last === undefined) return record;
  const ended = replaceLast(record, { ...last, state, reasonResolved, resolved: moment.now });
  const again = RETRIED[reasonResolved];
  if (again === undefined || record.retriesLeft === 0 || record.runs.length >= MAX_RUNS) return ended;
  return addRun({ ...ended, retriesLeft: record.retriesLeft - 1 }, again, moment);
}

/** Ends a task that has not ended, also one that has no run yet: that gets one which says so. */
function resolveTask(record: TaskRecord, reason: ReasonResolved, moment: Moment): TaskRecord {
  if (record.runs.length > 0) return resolve(record, 'exception', reason, moment);
  const { now } = moment;
  const run: Run = {
    runId: 0,
    state: 'exception',
    reasonCreated: 'exception',
    reasonResolved: reason,
    scheduled: now,
    resolved: now,
  };
  return { ...record, runs: [run] };
}

/** Makes an unscheduled task pending, whatever it waits for. */
export function schedule(record: TaskRecord, moment: Moment): Decision {
  return (
    late(record, moment) ?? (record.runs.length > 0 ? KEEP : change(addRun(record, 'scheduled', moment)))
  );
}

/** Runs a task again that has ended, or for the first time. */
export function rerun(record: TaskRecord, moment: Moment): Decision {
  const tooLate = late(record, moment);
  if (tooLate !== undefined) return tooLate;
  const state = stateOf(record);
  if (state === 'pending' || state === 'running') return KEEP;
  const made = record.runs.length;
  if (made >= MAX_RUNS) {
    return refuse('RequestConflict', `Task ${record.taskId} has had ${made} runs, and may not have more`);
  }
  const retriesLeft = Math.min(record.retries, MAX_RUNS - made - 1);
  return change(addRun({ ...record, retriesLeft }, 'rerun', moment));
}

/** Ends a task as canceled. */
export function cancel(record: TaskRecord, moment: Moment): Decision {
  const tooLate = late(record, moment);
  if (tooLate !== undefined) return tooLate;
  return isResolved(stateOf(record)) ? KEEP : change(resolveTask(record, 'canceled', moment));
}

/** Ends a task whose deadline has passed. */
export function exceedDeadline(record: TaskRecord, moment: Moment): Decision {
  if (isResolved(stateOf(record)) || moment.now < record.deadline) return KEEP;
  return change(resolveTask(record, 'deadline-exceeded', moment));
}

/** Ends a run whose claim was not renewed in time. */
export function expireClaim(record: TaskRecord, moment: Moment): Decision {
  const run = lastRun(record);
  if (run?.state !== 'running' || run.takenUntil === undefined || moment.now < run.takenUntil) return KEEP;
  return moment.now >= record.deadline
    ? exceedDeadline(record, moment)
    : change(resolve(record, 'exception', 'claim-expired', moment));
}

/** Gives a pending run to a worker that names it. */
export function claim(
  record: TaskRecord,
  request: { readonly runId: number; readonly worker: WorkerName; readonly takenUntil: number },
  moment: Moment,
): Decision {
  const { runId, worker, takenUntil } = request;
  const run = record.runs[runId];
  if (run === undefined) return noSuchRun(record, runId);
  const tooLate = late(record, moment);
  if (tooLate !== undefined) return tooLate;
  const { workerGroup, workerId } = worker;
  if (run.state === 'running' && run.workerGroup === workerGroup && run.workerId === workerId) return KEEP;
  if (run.state !== 'pending') {
    return refuse(
      'RequestConflict',
      `Run ${runId} of task ${record.taskId} is ${run.state}: only a pending one can be claimed`,
    );
  }
  const taken: Run = { ...run, state: 'running', workerGroup, workerId, takenUntil, started: moment.now };
  return change(replaceLast(record, taken));
}

/**
 * Gives back a run that nobody has heard of yet, as if it had never been taken. A claim is known by its end: one that was renewed,
 * or given once more to a worker whose answer was lost, is somebody's.
 */
export function giveBack(
  record: TaskRecord,
  claimed: { readonly runId: number; readonly takenUntil: number },
  worker: WorkerName,
): Decision {
  const { runId, takenUntil } = claimed;
  const run = lastRun(record);
  const isIts = run?.workerGroup === worker.workerGroup && run.workerId === worker.workerId;
  if (run?.state !== 'running' || run.runId !== runId || !isIts || run.takenUntil !== takenUntil) return KEEP;
  const { reasonCreated, scheduled } = run;
  return change(replaceLast(record, { runId, state: 'pending', reasonCreated, scheduled }));
}

/** Renews a claim. */
export function reclaim(
  record: TaskRecord,
  request: { readonly runId: number; readonly takenUntil: number },
  moment: Moment,
): Decision {
  const { runId, takenUntil } = request;
  const run = record.runs[runId];
  if (run === undefined) return noSuchRun(record, runId);
  if (run.state !== 'running') {
    return refuse(
      'RequestConflict',
      `Run ${runId} of task ${record.taskId} is ${run.state}: only a running one can be reclaimed`,
    );
  }
  return late(record, moment) ?? change(replaceLast(record, { ...run, takenUntil }));
}

/** Ends a run as its worker says. */
export function report(record: TaskRecord, runId: number, said: Report, moment: Moment): Decision {
  const run = record.runs[runId];
  if (run === undefined) return noSuchRun(record, runId);
  const reason = said.state === 'exception' ? said.reason : said.state;
  if (run.state === said.state && run.reasonResolved === reason) return KEEP;
  if (run.state !== 'running') {
    return refuse(
      'RequestConflict',
      `Run ${runId} of task ${record.taskId} is ${run.reasonResolved ?? run.state}: it cannot be reported ${reason}`,
    );
  }
  return late(record, moment) ?? change(resolve(record, said.state, reason, moment));
}

/** Changes a task's turn. */
export function prioritise(record: TaskRecord, priority: Priority, moment: Moment): Decision {
  const tooLate = late(record, moment);
  if (tooLate !== undefined) return tooLate;
  const state = stateOf(record);
  if (isResolved(state)) {
    return refuse(
      'RequestConflict',
      `Task ${record.taskId} is ${state}: its priority means nothing any more`,
    );
  }
  return record.priority === priority ? KEEP : change({ ...record, priority });
}
