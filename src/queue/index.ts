export { QueueError, type QueueErrorCode } from './error.ts';
export type * from './queue.ts';
export type * from './queue-options.ts';
