import type { TaskContext } from '../../task/task-context.ts';

const encodeName = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

/** The route of a run's log at a server of Slipway. */
export const logRoute = ({ taskId, runId }: TaskContext, name: string): string =>
  `/api/slipway/v1/task/${taskId}/runs/${runId}/log/${encodeName(name)}`;
