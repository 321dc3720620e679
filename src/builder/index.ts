import type { BuildBackend } from './backend.ts';
import type { DockerBackendOptions } from './docker/index.ts';
import type { CleanedJobs, MaintenanceSettings } from './kubernetes/maintain.ts';
import type { KubernetesSettings } from './kubernetes/settings.ts';

export { attestImage, PROVENANCE_TYPE, SBOM_TYPE } from './attest/attest-image.ts';
export type * from './attest/attest-options.ts';
export type * from './attest/image-report.ts';
export { type LayerMemoryOptions, openLayerMemory } from './attest/layer-memory.ts';
export * from './attest/sign/index.ts';
export type * from './backend.ts';
export type * from './build.ts';
export type * from './builder.ts';
export type * from './destination.ts';
export type { DockerBackendOptions, KeepLimits } from './docker/index.ts';
export { isReachPattern } from './docker/reach/place.ts';
export { BuildError, BuilderError, type BuilderErrorCode, ServerStopping } from './error.ts';
export {
  checkRequirements,
  createRecipe,
  KINDS,
  type Kind,
  kindOf,
  type RecipeSettings,
} from './kinds/index.ts';
export type { CleanedJob, CleanedJobs, MaintenanceSettings } from './kubernetes/maintain.ts';
export type { KubernetesSettings } from './kubernetes/settings.ts';
export { openBuilder } from './open-builder.ts';
export { BUILDER_MIGRATIONS } from './records/migrations.ts';
export type { Catalog } from './routes/catalog.ts';
export {
  type BuilderRoutesOptions,
  openBuilderRoutes,
  readCatalog,
} from './routes/open-builder-routes.ts';
export type { BuilderOptions } from './service/builder-options.ts';
export type * from './service/parts.ts';

/** Builds images in a Kubernetes cluster; the client of its API is loaded only then. */
export const openKubernetesBackend = async (settings: KubernetesSettings): Promise<BuildBackend> =>
  await (await import('./kubernetes/index.ts')).openKubernetesBackend(settings);

/** What a file in YAML says of the pods of builds. Throws an error whose message says what is wrong in it. */
export const readPodSettings = async (text: string): Promise<Partial<KubernetesSettings>> =>
  (await import('./kubernetes/index.ts')).readPodSettings(text);

/** As `cleanJobs` of `kubernetes/`: removes the Jobs of builds that have ended, and with `all` every one. */
export const cleanKubernetesJobs = async (
  settings: MaintenanceSettings,
  all: boolean,
): Promise<CleanedJobs> => await (await import('./kubernetes/index.ts')).cleanJobs(settings, all);

/** As `replaceBuildkitd` of `kubernetes/`: the configuration of BuildKit for builds from now on. */
export const replaceBuildkitd = async (
  settings: MaintenanceSettings,
  toml: string | undefined,
): Promise<'created' | 'changed' | 'same'> =>
  await (await import('./kubernetes/index.ts')).replaceBuildkitd(settings, toml);

/** Builds images on a container engine; loaded only then. */
export const openDockerBackend = async (options: DockerBackendOptions): Promise<BuildBackend> =>
  (await import('./docker/index.ts')).openDockerBackend(options);
