import { CacheError } from '../error.ts';
import { COMMIT_SECONDS, FACTS, type Facts, findSeconds, secondsValue } from './commit-facts.ts';
import { decodeObject, require } from './decoding.ts';
import { array, BYTES, encodeVariant, NUMBERS, STRING, tuple } from './gvariant/index.ts';
import { ID_BYTES, idOf, isObjectId } from './object-id.ts';
import { MAX_METADATA_BYTES, type Summary, type SummaryRef } from './objects.ts';
import { compareText } from './text-order.ts';

const WHAT = 'summary';
const LAST_MODIFIED = 'ostree.summary.last-modified';

/** Size, id and time of a commit. */
type CommitFacts = readonly [bigint, Uint8Array, number | undefined];
type Entry = readonly [string, CommitFacts];
// The size is the one number that is as the writer's machine has it; all that anybody has are little-endian.
const COMMIT = tuple<CommitFacts>(NUMBERS.le.uint64, BYTES, COMMIT_SECONDS);
const SUMMARY = tuple(array<Entry>(tuple<Entry>(STRING, COMMIT)), FACTS);

function writeRef({ ref, commit, commitSizeBytes, timestampSeconds }: SummaryRef): Entry {
  require(isObjectId(commit), WHAT, 'the id of a commit is not 64 hex digits');
  return [ref, [BigInt(commitSizeBytes), Buffer.from(commit, 'hex'), timestampSeconds]];
}

/**
 * The bytes of a summary; the refs may be in any order. Throws `TOO_LARGE` where no client would read it any more: the
 * caller decides what to leave out. Beside the refs it says only when it was made, which all clients since the first
 * that knew summaries understand: `ostree.summary.mode` and `.tombstone-commits` would cost each pull a request for
 * `config`, `indexed-deltas` one for each commit, and `expires` has a meaning only with a signature.
 */
export function encodeSummary({ refs, lastModifiedSeconds }: Summary): Buffer {
  const sorted = refs.toSorted((a, b) => compareText(a.ref, b.ref));
  for (const [index, { ref }] of sorted.entries())
    require(ref !== sorted[index - 1]?.ref, WHAT, `the ref ${ref} is there twice`);
  const facts: Facts =
    lastModifiedSeconds === undefined ? [] : [[LAST_MODIFIED, secondsValue(lastModifiedSeconds)]];
  const bytes = encodeVariant(SUMMARY, [sorted.map(writeRef), facts]);
  if (bytes.length > MAX_METADATA_BYTES)
    throw new CacheError(
      'TOO_LARGE',
      `a summary of ${refs.length} refs would have ${bytes.length} bytes; clients read ${MAX_METADATA_BYTES}`,
    );
  return bytes;
}

function readRef([ref, [size, commit, timestampSeconds]]: Entry): SummaryRef {
  require(commit.length === ID_BYTES, WHAT, 'the id of a commit has not 32 bytes');
  return {
    ref,
    commit: idOf(commit),
    commitSizeBytes: Number(size),
    ...(timestampSeconds === undefined ? {} : { timestampSeconds }),
  };
}

/**
 * Reads a summary; no bytes at all are one without refs. Names are not checked (`isRefName`), but that they are in order.
 * Throws `CORRUPT_OBJECT`, `TOO_LARGE`.
 */
export function decodeSummary(bytes: Uint8Array): Summary {
  if (bytes.length === 0) return { refs: [] };
  const [found, facts] = decodeObject(WHAT, SUMMARY, bytes);
  const refs = found.map(readRef);
  for (const [index, { ref }] of refs.entries()) {
    const before = refs[index - 1]?.ref;
    require(before === undefined ||
      compareText(before, ref) < 0, WHAT, 'its refs are not in order, or one is there twice');
  }
  const lastModifiedSeconds = findSeconds(facts, LAST_MODIFIED);
  return { refs, ...(lastModifiedSeconds === undefined ? {} : { lastModifiedSeconds }) };
}
