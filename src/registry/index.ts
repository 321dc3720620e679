export { isLoopback, type RegistryEndpoint, readEndpoint } from './client/endpoint.ts';
export { openRegistryClient, type RegistryClientOptions } from './client/open-registry-client.ts';
export { attachmentTags, isReferrersTag, referrersTag } from './client/referrers.ts';
export type * from './client/registry-client.ts';
export type { CredentialFields, Expand } from './credential-fields.ts';
export { credentialsFor, type DockerConfig, helperFor, parseDockerConfig } from './docker-config.ts';
export { RegistryError, type RegistryErrorCode } from './error.ts';
export {
  DOCKER_HUB,
  familiarName,
  formatImageName,
  type ImageName,
  parseImageName,
} from './image-name.ts';
export type { ImageNameProblem } from './image-name-checks.ts';
export {
  isAt,
  type ResolveCredentialsOptions,
  type ResolvedCredentials,
  resolveCredentials,
  type TokenRegistry,
} from './resolve-credentials.ts';
export { type ResolveImageOptions, resolveImage } from './resolve-image.ts';
