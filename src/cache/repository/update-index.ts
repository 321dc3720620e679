import { CacheError } from '../error.ts';
import { decodeCommit, isPrivateRef, type SummaryRef } from '../ostree/index.ts';
import type { Layout } from './layout.ts';
import { readEachRef } from './list-refs.ts';
import { findChangedFolders, type RefFolder, UNSURE } from './ref-folders.ts';
import type { RefIndex } from './ref-index.ts';
import type { ObjectReader, Ref } from './repository.ts';
import type { SetRef } from './set-refs.ts';
import type { SummaryTable } from './summary-table.ts';

/** An index that says what is there. */
export interface CurrentIndex extends RefIndex {
  /** Everything that is for everybody, as if all of it could be listed. */
  readonly table: SummaryTable;
}

/**
 * Finds out what changed since: refs that this process has just set are known, folders that did not change need no look
 * at their refs, and the refs of the others are read. Under the lock.
 */
export async function updateIndex(
  layout: Layout,
  objects: ObjectReader,
  { index, set, now }: { readonly index: RefIndex; readonly set: readonly SetRef[]; readonly now: number },
): Promise<CurrentIndex> {
  const before = index.changes.size === 0 ? index.listed : index.listed.with(index.changes, 0);
  const times = new Map(index.times);
  const found = new Map<string, SummaryRef | undefined>();
  const describe = describing(objects);
  for (const { ref, commit, folder, before: timeBefore, after } of set) {
    if (isPrivateRef(ref)) continue;
    // Somebody else changed the folder as well: then it is looked through below.
    if (timeBefore === undefined || times.get(folder) !== timeBefore) continue;
    times.set(folder, after);
    found.set(ref, await describe({ ref, commit }));
  }
  const folders = await findChangedFolders(layout.heads, times);
  for (const name of folders.gone) noteGone(before, { name, refs: [] }, found);
  for (const folder of folders.changed) {
    noteGone(before, folder, found);
    for (const ref of await readEachRef(layout, folder.refs)) {
      const known = before.find(ref.ref);
      if (known >= 0 && before.commitAt(known) === ref.commit && !found.has(ref.ref)) continue;
      const described = await describe(ref);
      found.set(ref.ref, described);
      // A commit that is not there yet may come without any change of this folder.
      if (described === undefined) folders.times.set(folder.name, UNSURE);
    }
  }
  return {
    listed: index.listed,
    changes: new Map([...index.changes, ...found]),
    times: folders.times,
    isAhead: index.isAhead || found.size > 0,
    isKnown: index.isKnown,
    table: found.size === 0 ? before : before.with(found, now),
  };
}

/** Refs that the table has directly in a folder, and that are not there any more. */
function noteGone(
  table: SummaryTable,
  { name, refs }: RefFolder,
  found: Map<string, SummaryRef | undefined>,
): void {
  const prefix = name === '' ? '' : `${name}/`;
  const there = new Set(refs);
  const first = table.find(prefix);
  for (let at = first < 0 ? -1 - first : first; at < table.count; at += 1) {
    const ref = table.nameAt(at);
    if (!ref.startsWith(prefix)) return;
    if (!ref.slice(prefix.length).includes('/') && !there.has(ref)) found.set(ref, undefined);
  }
}

/** What a summary says of a commit; it never names one that is not there, as clients would fail on it. */
function describing(objects: ObjectReader): (ref: Ref) => Promise<SummaryRef | undefined> {
  return async ({ ref, commit }) => {
    try {
      const bytes = await objects.readMetadata({ id: commit, kind: 'commit' });
      if (bytes === undefined) return undefined;
      const { timestampSeconds } = decodeCommit(bytes);
      return { ref, commit, commitSizeBytes: bytes.length, timestampSeconds };
    } catch (error) {
      if (error instanceof CacheError && ['CORRUPT_OBJECT', 'TOO_LARGE'].includes(error.code))
        return undefined;
      throw error;
    }
  };
}
