import type { WorkerIdentity } from '../identity.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';

/** Moments in a machine's life that scheduling is analysed by. */
export type MetricsEvent =
  | 'instanceBoot'
  | 'workerReady'
  | 'taskQueue'
  | 'taskStart'
  | 'taskFinish'
  | 'instanceShutdown';

const EVENT_OF: Readonly<Record<string, MetricsEvent>> = {
  start: 'workerReady',
  'claimed task': 'taskQueue',
  'run task': 'taskStart',
  'task ended': 'taskFinish',
  exit: 'instanceShutdown',
};

/**
 * Writes a worker's own log: one JSON object a line, its type, the moment and who says it; and for the moments that
 * scheduling is analysed by a line that begins with `WORKER_METRICS`.
 */
export function recordWriter(
  write: (line: string) => void,
  identity: WorkerIdentity,
  now: () => number,
): WorkerRecordWriter {
  const { provisionerId, workerType, workerGroup, workerId, workerNodeType } = identity;
  const who = { provisionerId, workerType, workerGroup, workerId, workerNodeType };
  return (type, fields = {}) => {
    const at = now();
    write(`${JSON.stringify({ type, time: new Date(at).toISOString(), ...who, ...fields })}\n`);
    const eventType = EVENT_OF[type];
    if (eventType !== undefined) write(metricsLine(eventType, identity, at, fields));
  };
}

export function metricsLine(
  eventType: MetricsEvent,
  identity: WorkerIdentity,
  at: number,
  { taskId, runId }: Readonly<Record<string, unknown>> = {},
): string {
  const { taskQueueId, workerGroup, workerId, instanceType, region } = identity;
  const about = {
    eventType,
    worker: 'slipway',
    workerPoolId: taskQueueId,
    workerGroup,
    workerId,
    timestamp: Math.floor(at / 1000),
    instanceType,
    region,
    taskId,
    runId,
  };
  return `WORKER_METRICS ${JSON.stringify(about)}\n`;
}
