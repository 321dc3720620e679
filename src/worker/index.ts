export type { WorkerIdentity } from './identity.ts';
export type { DeviceName, FeatureName, WorkerSettings } from './settings.ts';
