import type { QueueNow, RunNow, WorkerNow } from '../../../src/page/wire.ts';

export type WorkerState = 'running' | 'quarantined' | 'idle' | 'away';

/** The queue writes down at most each half an hour that a worker asks for work; one that did not for longer is gone. */
const AWAY_MS = 40 * 60_000;

/** What a worker does at a moment. */
export function workerState(
  { quarantineUntil, running, lastDateActive }: WorkerNow,
  now: number,
): WorkerState {
  if (quarantineUntil !== undefined && Date.parse(quarantineUntil) > now) return 'quarantined';
  if (running.length > 0) return 'running';
  return now - Date.parse(lastDateActive) > AWAY_MS ? 'away' : 'idle';
}

/** A run with who has it. */
export interface RunningNow {
  readonly run: RunNow;
  readonly worker: WorkerNow;
  readonly taskQueueId: string;
}

/** All that runs in queues, the longest first. */
export const runningIn = (queues: readonly QueueNow[]): readonly RunningNow[] =>
  queues
    .flatMap(({ taskQueueId, workers }) =>
      workers.flatMap((worker) => worker.running.map((run) => ({ run, worker, taskQueueId }))),
    )
    .sort((a, b) => Date.parse(a.run.started) - Date.parse(b.run.started));

/** Whether runs wait and nobody takes them: no worker, or none that may. */
export const isStuck = ({ pending, workers }: QueueNow, now: number): boolean =>
  pending > 0 && workers.every((worker) => ['away', 'quarantined'].includes(workerState(worker, now)));

/** What starts a worker of a queue. */
export const workerCommand = (taskQueueId: string, origin: string): string =>
  `slipway worker start --root-url ${origin} --queue ${taskQueueId} --worker-group here --worker-id "$(hostname)"`;
