import type { Ref, Repository } from './repository.ts';

/**
 * Of refs that were to name these commits, those that name another artifact now, since they are written once. One that was
 * made twice of the same files is none of them.
 */
export async function stayedRefs(
  repository: Pick<Repository, 'readRef' | 'readCommit'>,
  wanted: readonly Ref[],
): Promise<readonly string[]> {
  const stayed: string[] = [];
  for (const { ref, commit } of wanted) {
    const found = await repository.readRef(ref);
    if (found === undefined || found === commit) continue;
    const [before, now] = await Promise.all([repository.readCommit(found), repository.readCommit(commit)]);
    if (before.dirtree !== now.dirtree || before.dirmeta !== now.dirmeta) stayed.push(ref);
  }
  return stayed;
}

/** What whoever pushed such a ref is told. */
export const stayedText = (ref: string): string =>
  `${ref} is another artifact there already and is written once: it stays as it was`;
