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

/**
 * The refs whose commits were made last, of those that begin with these components: commits know whole seconds, so there may
 * be several. None where there is no such ref.
 */
export async function newestRefs(repository: Repository, prefix: string): Promise<readonly Ref[]> {
  const refs = await repository.listRefs({ prefix });
  let newest: { readonly refs: readonly Ref[]; readonly at: number } = {
    refs: [],
    at: Number.NEGATIVE_INFINITY,
  };
  for (let from = 0; from < refs.length; from += AT_ONCE) {
    const some = refs.slice(from, from + AT_ONCE);
    const times = await Promise.all(some.map((ref) => madeAt(repository, ref)));
    for (const [index, ref] of some.entries()) {
      const at = times[index] ?? Number.NEGATIVE_INFINITY;
      if (at > newest.at) newest = { refs: [ref], at };
      else if (at === newest.at) newest = { refs: [...newest.refs, ref], at };
    }
  }
  return newest.refs;
}
