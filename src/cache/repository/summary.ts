import { join } from 'node:path';
import { CacheError } from '../error.ts';
import { decodeCommit, encodeSummary, type SummaryRef } from '../ostree/index.ts';
import type { Layout } from './layout.ts';
import { readAllRefs } from './list-refs.ts';
import { replaceFile } from './replace-file.ts';
import type { ObjectReader, Ref, SummaryOutcome } from './repository.ts';

/** Writes the list of refs. */
export interface SummaryWriter {
  /** Rewrites it where it does not list what is there; `moved` are refs that it lists in any case. Under the lock. */
  refresh(moved?: readonly Ref[]): Promise<SummaryOutcome>;
}

export function createSummaryWriter(layout: Layout, objects: ObjectReader): SummaryWriter {
  return {
    async refresh() {
      const refs: SummaryRef[] = [];
      for (const { ref, commit } of await readAllRefs(layout)) {
        const known = await describeCommit(objects, commit);
        if (known !== undefined) refs.push({ ref, commit, ...known });
      }
      const bytes = encodeSummary({ refs, lastModifiedSeconds: Math.floor(Date.now() / 1000) });
      await replaceFile(layout.summary, join(layout.own, 'summary.new'), bytes);
      return { refs: refs.length, leftOut: 0 };
    },
  };
}

/** A summary never names what is not there: clients would fail on it. */
async function describeCommit(
  objects: ObjectReader,
  id: string,
): Promise<Pick<SummaryRef, 'commitSizeBytes' | 'timestampSeconds'> | undefined> {
  try {
    const bytes = await objects.readMetadata({ id, kind: 'commit' });
    if (bytes === undefined) return undefined;
    return { commitSizeBytes: bytes.length, timestampSeconds: decodeCommit(bytes).timestampSeconds };
  } catch (error) {
    if (error instanceof CacheError && error.code === 'CORRUPT_OBJECT') return undefined;
    throw error;
  }
}
