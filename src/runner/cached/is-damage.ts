import { ArtifactError } from '../../artifacts/index.ts';
import { CacheError } from '../../cache/index.ts';
import { DamagedBuildError } from './damaged-build.ts';

/** Whether an error says that a cached build cannot be used; one about this machine's disk does not. */
export function isDamage(error: unknown): error is Error {
  if (error instanceof ArtifactError) return error.code !== 'DISK';
  if (error instanceof CacheError) return error.code !== 'NO_SPACE';
  return error instanceof DamagedBuildError;
}

/** Whether an error is about the cache or about files of this machine, and no mistake of Slipway's. */
export const isTrouble = (error: unknown): error is Error =>
  error instanceof ArtifactError ||
  error instanceof CacheError ||
  error instanceof DamagedBuildError ||
  (error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    !error.code.startsWith('ERR_')); // Node's own, for what is called wrongly
