export { QueueClientError } from './error.ts';
export { fromEnvironment } from './from-environment.ts';
export { openQueueClient } from './open-queue-client.ts';
export type * from './queue-client.ts';
