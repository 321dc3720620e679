import { CacheError, commitSize, type Ref, type Repository } from '../../cache/index.ts';
import type { BackupEntry } from '../entry.ts';
import { AREAS } from '../format.ts';
import { folderFiles } from './folder-files.ts';

/** What is made anew from the rest, or is about this machine. */
const NOT_TAKEN = /^(?:tmp|summary.*|\.slipway\/(?!pins$).+)$/;
const PREFIX = AREAS.cache;

/**
 * The files of a repository while others publish to it and prune it: refs first, then all objects. A ref that was removed
 * meanwhile is dropped at the end, and so is one that was moved and whose objects are not all there any more.
 */
export async function* cacheFiles(repository: Repository): AsyncGenerator<BackupEntry, void, undefined> {
  const { folder } = repository;
  const before = await repository.listRefs();
  const isRef = (path: string): boolean => path === 'refs' || path.startsWith('refs/');
  yield* folderFiles({ root: folder, prefix: PREFIX, isLeftOut: (path) => !isRef(path) });
  yield* folderFiles({
    root: folder,
    prefix: PREFIX,
    isLeftOut: (path) => isRef(path) || NOT_TAKEN.test(path),
  });
  const now = new Map((await repository.listRefs()).map(({ ref, commit }) => [ref, commit]));
  for (const { ref, commit } of before) {
    const isThere = now.get(ref) === commit || (now.has(ref) && (await isComplete(repository, commit)));
    if (!isThere) yield { dropped: `${PREFIX}${refPath({ ref })}` };
  }
}

const refPath = ({ ref }: Pick<Ref, 'ref'>): string => `refs/heads/${ref}`;

/** Whether everything below it is there now, and so was when the objects were taken: none comes back that was removed. */
async function isComplete(repository: Repository, commit: string): Promise<boolean> {
  try {
    await commitSize(repository, commit, async (name) => {
      const size = await repository.sizeOf(name);
      if (size === undefined) throw new CacheError('MISSING_OBJECT', `there is no ${name.kind} ${name.id}`);
      return size;
    });
    return true;
  } catch (error) {
    if (error instanceof CacheError && error.code === 'MISSING_OBJECT') return false;
    throw error;
  }
}
