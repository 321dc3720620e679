import { createHash } from 'node:crypto';
import type { BuildWork } from '../backend.ts';
import type { ResolvedSettings } from './settings.ts';

/** The name of everything that this backend keeps in a cluster. */
export const LABEL = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  build: 'slipway.dev/build-id',
  user: 'slipway.dev/user-hash',
  kind: 'slipway.dev/kind',
  /** On a Secret of the operator: the login that may name it, or `*` is written `all`. */
  registryUser: 'slipway.dev/registry-user',
} as const;

export const ANNOTATION = {
  user: 'slipway.dev/user',
  target: 'slipway.dev/target',
  /** Of all that the build is made from: a Job of the same id with another one is not taken over. */
  work: 'slipway.dev/work',
} as const;

/** Who a Secret may be named by, where that is everybody. */
export const ALL_USERS = 'all';

/** Stands for a user in labels and names, which take 63 characters at most. */
export const userHash = (user: string): string =>
  createHash('sha256').update(`slipway user\0${user}`).digest('hex').slice(0, 32);

/** Of everything that is made for builds by this installation. */
export const ownLabels = (instance: string): Readonly<Record<string, string>> => ({
  [LABEL.managedBy]: 'slipway',
  [LABEL.name]: 'image-build',
  [LABEL.instance]: instance,
});

/** A selector for labels. */
export const selectorOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/** Of a Job, its pod, and what belongs to them. */
export const buildLabels = (
  work: BuildWork,
  { instance }: ResolvedSettings,
): Readonly<Record<string, string>> => ({
  ...ownLabels(instance),
  [LABEL.build]: work.id,
  [LABEL.user]: userHash(work.user),
  ...(work.kind === undefined ? {} : { [LABEL.kind]: work.kind }),
});
