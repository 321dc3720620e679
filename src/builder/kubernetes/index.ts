export { openKubernetesBackend } from './open-backend.ts';
export type { KubernetesSettings, PodResources, Toleration } from './settings.ts';
