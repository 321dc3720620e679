export { openDockerBackend } from './open-docker-backend.ts';
export type { DockerBackendOptions, KeepLimits } from './options.ts';
