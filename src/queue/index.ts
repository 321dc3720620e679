export { QueueError, type QueueErrorCode } from './error.ts';
export type * from './queue.ts';
