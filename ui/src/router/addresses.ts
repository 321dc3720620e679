// Where pages of things are.

const part = encodeURIComponent;

export const runAddress = (runId: string): string => `/runs/${part(runId)}`;

/** Without a run its last one is shown. */
export const taskAddress = (taskId: string, runId?: number): string =>
  `/tasks/${part(taskId)}${runId === undefined ? '' : `?run=${runId}`}`;

export const groupAddress = (taskGroupId: string): string => `/groups/${part(taskGroupId)}`;

/** Of a task queue `PROVISIONER/TYPE`. */
export const queueAddress = (taskQueueId: string): string =>
  `/queues/${taskQueueId.split('/').map(part).join('/')}`;

export const imageAddress = (buildId: string): string => `/images/${part(buildId)}`;
