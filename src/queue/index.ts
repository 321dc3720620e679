export type { ArtifactUrls } from './artifact-urls.ts';
export { QueueError, type QueueErrorCode } from './error.ts';
export { openQueue } from './open-queue.ts';
export type * from './queue.ts';
export type * from './queue-options.ts';
export type { QueueMeter } from './routes/queue-meter.ts';
export {
  openQueueServer,
  QUEUE_SERVER_MIGRATIONS,
  type QueueServer,
  type QueueServerOptions,
} from './serve/open-queue-server.ts';
export {
  baseUrlOf,
  type Described,
  methodsOf,
  type Service,
  type ServiceMethod,
  type ServiceRoutesOptions,
  serviceRoutes,
} from './service/index.ts';
export { checkBody, parseBody } from './service/read-body.ts';
export { JSON_TYPE, refuseCall } from './service/refuse-call.ts';
export { signedRequest } from './service/signed-request.ts';
export { takeStream } from './service/take-stream.ts';
export { QUEUE_MIGRATIONS } from './sql/migrations.ts';
