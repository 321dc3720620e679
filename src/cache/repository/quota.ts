import type { ObjectName } from '../ostree/index.ts';
import type { Repository } from './repository.ts';

/** What comes into a repository that has limits. */
export interface Quota {
  /** Lets go of what was not used for longest, where that is needed. Not under the lock. Throws `NO_SPACE`. */
  makeRoom(needed: {
    readonly neededBytes: number;
    /** Objects that what comes counts on. */
    readonly keepObjects?: readonly ObjectName[];
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /** Notes what came. Under the lock. */
  noteGrowth(bytes: number): Promise<void>;
}

/** `undefined` without any limit: then nothing is counted, and what would count is not loaded. */
export function quotaOf(repository: Repository): Quota | undefined {
  const { quotaBytes, keepFreeBytes } = repository.settings;
  if (quotaBytes === undefined && keepFreeBytes === 0) return undefined;
  const health = () => import('../health/index.ts');
  return {
    async makeRoom(needed) {
      await (await health()).makeRoom(repository, needed);
    },
    async noteGrowth(bytes) {
      await (await health()).noteGrowth(repository.folder, bytes);
    },
  };
}
