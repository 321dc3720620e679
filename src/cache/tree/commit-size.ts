import type { ObjectName } from '../ostree/index.ts';
import { walkCommit } from '../ostree/walk-commit.ts';
import type { Repository } from '../repository/repository.ts';

/** What a commit takes. */
export interface CommitSize {
  readonly objects: number;
  /** As it is stored; what it shares with others is counted as well. */
  readonly storedBytes: number;
}

/** Says how large an object is; 0 where it is not there. */
export type SizeOf = (name: ObjectName) => Promise<number>;

/** Sizes of the objects of several commits, each looked up once. */
export function createSizes(repository: Pick<Repository, 'sizeOf'>): SizeOf {
  const known = new Map<string, number>();
  return async ({ id, kind }) => {
    const key = `${kind}${id}`;
    const size = known.get(key) ?? (await repository.sizeOf({ id, kind })) ?? 0;
    known.set(key, size);
    return size;
  };
}

/** Everything that can be reached from a commit, each object once. Throws `MISSING_OBJECT`, `CORRUPT_OBJECT`. */
export async function commitSize(
  repository: Repository,
  commit: string,
  sizeOf: SizeOf = createSizes(repository),
): Promise<CommitSize> {
  let objects = 0;
  let storedBytes = 0;
  for await (const name of walkCommit(repository, [commit])) {
    objects += 1;
    storedBytes += await sizeOf(name);
  }
  return { objects, storedBytes };
}
