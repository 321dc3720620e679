export { QueueClientError } from './error.ts';
export type * from './queue-client.ts';
