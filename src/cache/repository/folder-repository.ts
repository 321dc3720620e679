import { CacheError } from '../error.ts';
import { decodeCommit, type ObjectName, objectFileName } from '../ostree/index.ts';
import { readAllRefs } from './list-refs.ts';
import { quotaOf } from './quota.ts';
import { readRefFile, requireRefName } from './refs.ts';
import type { Repository } from './repository.ts';
import type { RepositoryParts } from './repository-parts.ts';
import { removeRefFiles } from './set-refs.ts';
import { openStaging } from './staging.ts';

/** A repository of its parts. */
export function createFolderRepository(parts: RepositoryParts): Repository {
  const { layout, area, lock, settings, summary } = parts;
  const repository: Repository = {
    folder: layout.root,
    settings,
    readMetadata: parts.readMetadata,
    sizeOf: (name) => area.sizeOf(name),
    missingOf: (names) => area.missingOf(names),
    open: (name, options) => area.open(name, options),
    listObjects: () => area.list(),
    removeObjects: (names, options) => area.remove(names, options),
    async readRef(ref) {
      requireRefName(ref);
      return await readRefFile(layout, ref);
    },
    async listRefs({ prefix } = {}) {
      if (prefix !== undefined) requireRefName(prefix);
      return await readAllRefs(layout, prefix);
    },
    async readCommit(id) {
      const name: ObjectName = { id, kind: 'commit' };
      const bytes = await parts.readMetadata(name);
      if (bytes !== undefined) return decodeCommit(bytes);
      throw new CacheError('MISSING_OBJECT', `${objectFileName(name)} is not in ${layout.root}`);
    },
    async openStaging(options) {
      const quota = quotaOf(repository);
      return await openStaging({ ...parts, ...(quota !== undefined && { quota }) }, options);
    },
    async removeRefs(refs) {
      for (const ref of refs) requireRefName(ref);
      return await lock.run(async () => {
        const removed = await removeRefFiles(layout, refs);
        await summary.refresh(); // also of what was removed by somebody who did not get that far
        return removed;
      });
    },
    refreshSummary: () => lock.run(() => summary.refresh({ anew: true })),
    withLock: (work, { signal } = {}) => lock.run(work, signal),
    touch: (commit) => area.touch({ id: commit, kind: 'commit' }),
    [Symbol.asyncDispose]: () => area[Symbol.asyncDispose](),
  };
  return repository;
}
