import type { Clock } from '../../database/index.ts';
import type { RegistryClient } from '../../registry/index.ts';
import type { Destination } from '../destination.ts';
import type { BuildRecords } from '../records/build-records.ts';
import type { BuildInput } from '../records/build-row.ts';
import type { ClaimedBuild, Claims } from '../records/claims.ts';
import { type BuildLimits, within } from './build-limits.ts';
import type { BuildLog } from './build-log.ts';
import type { BuilderSettings } from './builder-options.ts';

export interface RunParts {
  readonly settings: BuilderSettings;
  readonly records: BuildRecords;
  readonly claims: Claims;
  readonly clock: Clock;
}

/** One build while it goes on. */
export interface Run extends RunParts {
  readonly build: ClaimedBuild;
  readonly input: BuildInput;
  readonly destination: Destination;
  readonly client: RegistryClient;
  readonly limits: BuildLimits;
  readonly log: BuildLog;
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Waits for what may not listen to the signal no longer than the grace. */
export async function patiently<T>(
  { limits: { signal }, settings: { graceMs, onError } }: Pick<Run, 'limits' | 'settings'>,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const onDeaf = (): void =>
    onError(
      new Error(`${what} did not end within ${graceMs / 1000} s after it was told to, and was left alone`),
    );
  return await within(work, { signal, graceMs, onDeaf });
}
