import type { Flag } from '../flag.ts';

/** Which queue, and who asks. The credentials come from the environment: `TASKCLUSTER_CLIENT_ID`, `TASKCLUSTER_ACCESS_TOKEN`. */
export const QUEUE_ADDRESS: readonly Flag[] = [
  {
    name: 'root-url',
    value: 'URL',
    variable: 'TASKCLUSTER_ROOT_URL',
    default: 'http://127.0.0.1:8080',
    about: 'where the queue is',
  },
];

export const TASK_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const TASK_CREATE_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const TASK_STATUS_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const TASK_LOG_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const TASK_ARTIFACTS_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const TASK_LIST_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
export const SUBMIT_BUILD_FLAGS: readonly Flag[] = [...QUEUE_ADDRESS];
