import { CacheError } from '../../cache/index.ts';
import { type CachedBuild, DamagedBuildError, readBuildRecord } from '../../runner/index.ts';
import { cachedTree } from './cached-tree.ts';
import { type Caches, HERE } from './caches.ts';
import { newestRefs } from './newest-ref.ts';

/** So many of one second are looked into: whoever makes more of them looks at none of them closely. */
const MAX_TIED = 16;

/** The build of this machine that was made last, of those whose refs begin with these components. */
export async function newestBuild({ open }: Caches, prefix: string): Promise<CachedBuild | undefined> {
  const { repository } = await open();
  const refs = await newestRefs(repository, prefix);
  const builds = refs.slice(0, MAX_TIED).map(({ commit }) => cachedTree(repository, commit, HERE));
  if (builds.length < 2) return builds[0];
  const times = await Promise.all(builds.map(startedAt));
  return builds[times.indexOf(Math.max(...times))];
}

/** When the run of a build started; before all others where that cannot be read. */
async function startedAt(build: CachedBuild): Promise<number> {
  try {
    return (await readBuildRecord(build)).startedAt;
  } catch (error) {
    if (error instanceof CacheError || error instanceof DamagedBuildError) return Number.NEGATIVE_INFINITY;
    throw error;
  }
}
