export { removeOwn } from './garbage/own.ts';
export { createWorkerMetrics, type WorkerMetrics } from './health/metrics.ts';
export { type ServeHealthOptions, serveHealth } from './health/serve-health.ts';
export { createEc2Metadata, type Ec2Metadata, ec2Endpoint } from './host/ec2-metadata.ts';
export { spotNotice, spotTermination } from './host/spot-notice.ts';
export { connectWorkerRunner, type WorkerRunner } from './host/worker-runner.ts';
export type { WorkerIdentity } from './identity.ts';
export type { HostKind } from './options/ask-host.ts';
export { WorkerConfigurationError } from './options/check-configuration.ts';
export { OWN_MACHINE } from './options/defaults.ts';
export type { WorkerConfiguration } from './options/schema.ts';
export { type SettleWorkerOptions, settleWorker, type WorkerPlan } from './options/settle-worker.ts';
export {
  createPipelineRunner,
  type PipelineRequest,
  type PipelineRunner,
  type PipelineRunnerOptions,
  type PipelineViews,
} from './pipeline/index.ts';
export type { DeviceName, FeatureName, WorkerSettings } from './settings.ts';
export { type RunningWorker, type StartWorkerOptions, startWorker } from './start-worker.ts';
export { type OpenTaskPartsOptions, openTaskParts } from './task/open-task-parts.ts';
export type { Stop, StopKind, StopReason } from './work/stop.ts';
