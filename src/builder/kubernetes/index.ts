export { KubernetesError } from './client/index.ts';
export {
  type CleanedJob,
  type CleanedJobs,
  cleanJobs,
  type MaintenanceSettings,
  replaceBuildkitd,
} from './maintain.ts';
export { openKubernetesBackend } from './open-backend.ts';
export { readPodSettings } from './pod-settings.ts';
export type { KubernetesSettings, PodResources, Toleration } from './settings.ts';
