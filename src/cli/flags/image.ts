import type { Flag } from '../flag.ts';

/** Which builder, and who asks: the token of OpenWhisk's `~/.wskprops`. */
export const BUILDER_ADDRESS: readonly Flag[] = [
  {
    name: 'admin-api-url',
    value: 'URL',
    variable: 'ADMIN_API_URL',
    default: 'http://127.0.0.1:8080/system',
    about: 'where the builder is; the token is AUTH of the environment or of ~/.wskprops',
  },
];

/** Which registry, and its login. */
export const REGISTRY_ADDRESS: readonly Flag[] = [
  {
    name: 'registry',
    value: 'URL',
    variable: 'REGISTRY_HOST',
    about:
      'registry, https unless it says http:// or is this machine; REGISTRY_USER and REGISTRY_PASS log in',
  },
];

export const IMAGE_BUILD_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  {
    name: 'kind',
    value: 'KIND',
    choices: ['go', 'java', 'nodejs', 'php', 'python', 'ruby', 'dotnet'],
    about: 'language: go, java, nodejs, php, python, ruby, dotnet (default: as the file is called)',
  },
  { name: 'requirements', value: 'FILE', about: 'requirement file; - is the standard input' },
  {
    name: 'requirements-base64',
    value: 'TEXT',
    about: 'what is in the requirement file, in base64; empty: nothing is installed',
  },
  { name: 'force', about: 'build although there is an image of the same request' },
  { name: 'detach', about: 'do not wait for the end' },
];
export const IMAGE_BUILDS_FLAGS: readonly Flag[] = [...BUILDER_ADDRESS];
export const IMAGE_STATUS_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  { name: 'wait', about: 'wait until it has ended; the exit code is 1 where there is no image then' },
];
export const IMAGE_LIST_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  {
    name: 'state',
    value: 'STATE',
    choices: ['queued', 'running', 'succeeded', 'failed', 'cancelled'],
    about: 'only builds in this state',
  },
  { name: 'limit', value: 'N', default: '50', about: 'at most so many' },
];
export const IMAGE_LOGS_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  { name: 'follow', on: true, about: 'go on until the build has ended' },
];
export const IMAGE_REPORT_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  { name: 'sbom', about: 'print the SBOM (SPDX) that is attached to the image, as the registry has it' },
  { name: 'provenance', about: 'print the provenance statement that is attached to it' },
  ...REGISTRY_ADDRESS,
];
export const IMAGE_CLEAN_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  { name: 'max-age-hours', value: 'N', default: '24', about: 'only builds that ended longer ago' },
];
export const IMAGE_REGISTRY_FLAGS: readonly Flag[] = [...REGISTRY_ADDRESS];
export const IMAGE_VERIFY_FLAGS: readonly Flag[] = [
  ...BUILDER_ADDRESS,
  {
    name: 'key',
    value: 'FILE',
    repeat: true,
    about:
      'public keys whose statements count, in PEM; may be given several times (default: those of the builder)',
  },
  ...REGISTRY_ADDRESS,
];
export const IMAGE_KUBERNETES_FLAGS: readonly Flag[] = [
  { name: 'namespace', value: 'NAME', default: 'nuvolaris', about: 'namespace of the builder' },
  { name: 'context', value: 'NAME', about: 'context of the kubeconfig (default: its current one)' },
  {
    name: 'kubeconfig',
    value: 'FILE',
    about: 'default: KUBECONFIG, then ~/.kube/config, then the pod this runs in',
  },
];
export const IMAGE_CLEAN_JOBS_FLAGS: readonly Flag[] = [
  ...IMAGE_KUBERNETES_FLAGS,
  { name: 'all', about: 'also those that go on; their builds fail' },
];
