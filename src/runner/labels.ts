import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Owner } from '../kernel/index.ts';

/** Every container, network and image of a run carries these. */
export const LABEL = {
  run: 'io.slipway.run-id',
  host: 'io.slipway.host',
  owner: 'io.slipway.owner',
  role: 'io.slipway.role',
  /** Kept on purpose (`--no-remove`): only `slipway clean --all` takes it away. */
  kept: 'io.slipway.kept',
  /** On an image that a run built for itself: run, host and process in one, since each label is a step of the build. */
  builtBy: 'io.slipway.built-by',
} as const;

/** `container`: one that a step started; `image`: also what containers have that are made of a run's image. */
export type Role = 'box' | 'service' | 'container' | 'network' | 'image';

export function labelsOf(options: {
  runId: string;
  owner: Owner;
  role: Role;
  kept: boolean;
}): Record<string, string> {
  return {
    [LABEL.run]: options.runId,
    [LABEL.host]: options.owner.host,
    [LABEL.owner]: options.owner.process,
    [LABEL.role]: options.role,
    ...(options.kept ? { [LABEL.kept]: 'true' } : {}),
  };
}

/**
 * For an image that is made of a run's container. It would keep the container's labels, and whatever runs from it later
 * would look like a part of the run: that owner is taken back here.
 */
export function imageLabels(runId: string): Record<string, string> {
  return {
    [LABEL.run]: runId,
    [LABEL.host]: '',
    [LABEL.owner]: '',
    [LABEL.role]: 'image' satisfies Role,
  };
}

/** Says which host without its name: the image may be pushed. */
const hostMark = (host: string): string => createHash('sha256').update(host).digest('hex').slice(0, 16);

/** For an image that a run builds for itself, and removes at its end. */
export const builtImageLabels = (runId: string, owner: Owner): Record<string, string> => ({
  [LABEL.builtBy]: `${runId} ${hostMark(owner.host)} ${owner.process}`,
});

export interface ImageBuilder {
  readonly runId: string;
  /** Absent: it is on another host. */
  readonly owner?: Owner;
}

/** Who built such an image; `undefined` for images that are not ours. */
export function imageBuilder(labels: Readonly<Record<string, string>>): ImageBuilder | undefined {
  const [runId, mark, process] = (labels[LABEL.builtBy] ?? '').split(' ');
  if (!runId || mark === undefined || process === undefined) return undefined;
  return mark === hostMark(hostname()) ? { runId, owner: { host: hostname(), process } } : { runId };
}

/** Whether a container, image or network was made by a run, rather than of an image that has a run's labels. */
export const isRole = (labels: Readonly<Record<string, string>>, ...roles: readonly Role[]): boolean =>
  roles.some((role) => role === labels[LABEL.role]);

/** Whether an image is what a run made, or is made of that. */
export const isMadeByRun = (labels: Readonly<Record<string, string>>): boolean =>
  isRole(labels, 'image') || labels[LABEL.builtBy] !== undefined;

/** The owner that labels name; `undefined` for things that are not ours. */
export function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
  const host = labels[LABEL.host];
  const process = labels[LABEL.owner];
  return host === undefined || process === undefined ? undefined : { host, process };
}
