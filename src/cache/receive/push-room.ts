import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import type { Repository } from '../repository/repository.ts';

/** Looks after the quota of a repository and after what is to stay free on its disk, for one push. */
export interface PushRoom {
  /** Before anything is sent. Throws `NO_SPACE` where not even an empty push would fit. */
  requireAny(): Promise<void>;
  /** An object that the push counts on, whether it came or is here already. Its size where it came. */
  note(name: ObjectName, sizeBytes: number): void;
  /** Before publishing: lets go of what was not used for longest. Throws `NO_SPACE`. */
  make(signal: AbortSignal | undefined): Promise<void>;
}

/** Without any limit nothing is noted, and nothing is loaded. */
export function createPushRoom(repository: Repository): PushRoom {
  const { quotaBytes, keepFreeBytes } = repository.settings;
  if (quotaBytes === undefined && keepFreeBytes === 0) {
    return { requireAny: async () => {}, note: () => {}, make: async () => {} };
  }
  // By name: a client may say the same one ten million times.
  const objects = new Map<string, { readonly name: ObjectName; readonly sizeBytes: number }>();
  return {
    async requireAny() {
      const { makeRoom } = await import('../health/make-room.ts');
      await makeRoom(repository, { neededBytes: 0 });
    },
    note(name, sizeBytes) {
      objects.set(objectFileName(name), { name, sizeBytes });
    },
    async make(signal) {
      const { makeRoom } = await import('../health/make-room.ts');
      const noted = [...objects.values()];
      const names = noted.map(({ name }) => name);
      const missing = new Set(await repository.missingOf(names));
      const neededBytes = noted.reduce(
        (sum, { name, sizeBytes }) => sum + (missing.has(name) ? sizeBytes : 0),
        0,
      );
      const keepObjects = names.filter((name) => !missing.has(name));
      // All of it is staged by now.
      const needed = { neededBytes, onDiskBytes: neededBytes, keepObjects };
      await makeRoom(repository, { ...needed, ...(signal !== undefined && { signal }) });
    },
  };
}
