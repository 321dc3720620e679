import { CacheError, type CacheErrorCode } from '../error.ts';
import { isPrivateRef } from '../ostree/private-ref.ts';
import type { Repository } from '../repository/repository.ts';

const ABSENT: readonly CacheErrorCode[] = ['MISSING_OBJECT', 'CORRUPT_OBJECT', 'TOO_LARGE'];

/**
 * The private ref that a commit was made for, as it says itself in its subject, in which a slash at the end stands before the
 * commit's own name. `undefined`: for none, or there is no such commit.
 */
export async function privateRefOf(repository: Repository, commit: string): Promise<string | undefined> {
  try {
    const { subject } = await repository.readCommit(commit);
    if (!isPrivateRef(subject)) return undefined;
    return subject.endsWith('/') ? subject + commit : subject;
  } catch (error) {
    if (error instanceof CacheError && ABSENT.includes(error.code)) return undefined;
    throw error;
  }
}
