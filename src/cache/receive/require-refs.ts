import { CacheError } from '../error.ts';
import { isObjectId, isRefName } from '../ostree/index.ts';
import type { Ref } from '../repository/repository.ts';

/** What somebody who sends artifacts may, and what they are told otherwise. */
export interface WriteRules {
  readonly mayWrite: (ref: string) => boolean;
  /** `shown`: the ref, quoted. */
  readonly refusal: (shown: string, ref: string) => string;
}

/**
 * Sees whether refs can be set at all, before anything of theirs is received: what can be known to fail costs nobody a
 * transfer. Throws `INVALID_REF`, `FORBIDDEN`.
 */
export function requireRefs(refs: readonly Ref[], { mayWrite, refusal }: WriteRules): void {
  for (const { ref, commit } of refs) {
    const shown = JSON.stringify(ref);
    if (!isRefName(ref)) {
      throw new CacheError(
        'INVALID_REF',
        `${shown} is no name of a ref: parts of letters, digits, "_", "-" and ".", with single slashes between them`,
      );
    }
    if (!isObjectId(commit)) {
      throw new CacheError(
        'INVALID_REF',
        `${shown} is to name ${JSON.stringify(commit)}, which is no id of a commit`,
      );
    }
    if (!mayWrite(ref)) throw new CacheError('FORBIDDEN', refusal(shown, ref));
  }
}
