import { CacheError, type Ref, type Repository } from '../../cache/index.ts';

/** So many commits are read at a time. */
const AT_ONCE = 32;

/** When a commit was made; one that cannot be read was made before all others. */
async function madeAt(repository: Repository, { commit }: Ref): Promise<number> {
  try {
    return (await repository.readCommit(commit)).timestampSeconds;
  } catch (error) {
    if (error instanceof CacheError) return Number.NEGATIVE_INFINITY;
    throw error;
  }
}

/** The ref whose commit was made last, of those that begin with these components; `undefined` where there is none. */
export async function newestRef(repository: Repository, prefix: string): Promise<Ref | undefined> {
  const refs = await repository.listRefs({ prefix });
  let newest: { readonly ref: Ref; readonly at: number } | undefined;
  for (let from = 0; from < refs.length; from += AT_ONCE) {
    const some = refs.slice(from, from + AT_ONCE);
    const times = await Promise.all(some.map((ref) => madeAt(repository, ref)));
    for (const [index, ref] of some.entries()) {
      const at = times[index] ?? Number.NEGATIVE_INFINITY;
      if (newest === undefined || at >= newest.at) newest = { ref, at };
    }
  }
  return newest?.ref;
}
