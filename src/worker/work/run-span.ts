import type { Claim } from '../../queue-api/index.ts';
import type { Span } from '../../telemetry/index.ts';
import type { Resolution } from '../task/resolution.ts';
import type { WorkerScope } from './worker-scope.ts';

/** Begins the span of a run; who created the task may have put its own context into `extra.traceparent`. */
export function runSpan(
  { status, runId, task }: Claim,
  { telemetry, identity }: Pick<WorkerScope, 'telemetry' | 'identity'>,
): Span {
  const parent = task.extra['traceparent'];
  return telemetry.start('task run', {
    kind: 'consumer',
    parent: typeof parent === 'string' ? parent : undefined,
    facts: {
      'slipway.task_id': status.taskId,
      'slipway.run_id': runId,
      'slipway.task_name': task.metadata.name,
      'slipway.task_queue_id': identity.taskQueueId,
      'slipway.project_id': task.projectId,
      'slipway.worker_group': identity.workerGroup,
      'slipway.worker_id': identity.workerId,
    },
  });
}

/** Ends it as the run ended. */
export function endRunSpan(span: Span, resolution: Resolution): void {
  const reason = resolution.type === 'exception' ? resolution.reason : resolution.type;
  span.add({ 'slipway.resolution': reason });
  if (resolution.type === 'failed' || resolution.type === 'exception') span.fail(reason);
  span.end();
}
