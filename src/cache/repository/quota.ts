import type { ObjectName } from '../ostree/index.ts';
import type { Repository } from './repository.ts';

/** What comes into a repository that has limits. */
export interface Quota {
  /** Lets go of what was not used for longest, where that is needed. Not under the lock. Throws `NO_SPACE`. */
  makeRoom(needed: {
    readonly neededBytes: number;
    /** Of that, what is on this disk already. */
    readonly onDiskBytes?: number;
    /** Objects that what comes counts on. */
    readonly keepObjects?: readonly ObjectName[];
    readonly signal?: AbortSignal;
  }): Promise<void>;
}

/** `undefined` without any limit: what would make room is not loaded then. */
export function quotaOf(repository: Repository): Quota | undefined {
  const { quotaBytes, keepFreeBytes } = repository.settings;
  if (quotaBytes === undefined && keepFreeBytes === 0) return undefined;
  return {
    async makeRoom(needed) {
      const { makeRoom } = await import('../health/index.ts');
      await makeRoom(repository, needed);
    },
  };
}
