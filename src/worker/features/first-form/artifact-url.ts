import type { TaskContext } from '../../task/task-context.ts';

/** Where an artifact of the run can be read. */
export const artifactUrl = ({ queue, taskId, runId }: TaskContext, name: string): string =>
  `${queue.publicUrl}/api/queue/v1/task/${taskId}/runs/${runId}/artifacts/${encodeURIComponent(name)}`;
