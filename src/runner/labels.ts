import type { Owner } from './owner.ts';

/** Every container, network and image of a run carries these. */
export const LABEL = {
  run: 'io.slipway.run-id',
  host: 'io.slipway.host',
  owner: 'io.slipway.owner',
  role: 'io.slipway.role',
  /** Kept on purpose (`--no-remove`): only `slipway clean --all` takes it away. */
  kept: 'io.slipway.kept',
} as const;

export type Role = 'box' | 'service' | 'network';

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

/** The owner that labels name; `undefined` for things that are not ours. */
export function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
  const host = labels[LABEL.host];
  const process = labels[LABEL.owner];
  return host === undefined || process === undefined ? undefined : { host, process };
}
