export type { ArtifactUrls } from './artifact-urls.ts';
export { QueueError, type QueueErrorCode } from './error.ts';
export type * from './queue.ts';
export type * from './queue-options.ts';
export { type ShellRoutesOptions, shellRoutes } from './shell/shell-routes.ts';
export type { QueueMeter } from './routes/queue-meter.ts';
