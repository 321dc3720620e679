export type { ClusterAccess } from './access.ts';
export { KubernetesApi } from './api.ts';
export { isRefusal, KubernetesError, wordsOf } from './error.ts';
export { findAccess } from './find-access.ts';
export { followLog } from './pod-log.ts';
export { ResourceWatch, read } from './resource-watch.ts';
