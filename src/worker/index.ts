export type { WorkerIdentity } from './identity.ts';
export type { DeviceName, FeatureName, WorkerSettings } from './settings.ts';
export { type RunningWorker, type StartWorkerOptions, startWorker } from './start-worker.ts';
export type { Stop, StopKind, StopReason } from './work/stop.ts';
