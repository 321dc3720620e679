import { CacheError } from '../error.ts';
import { decodeObject, require } from './decoding.ts';
import {
  array,
  BYTES,
  encodeVariant,
  entry,
  NUMBERS,
  STRING,
  type TypedValue,
  tuple,
  variant,
} from './gvariant/index.ts';
import { ID_BYTES, idOf, isObjectId } from './object-id.ts';
import { MAX_METADATA_BYTES, type Summary, type SummaryRef } from './objects.ts';
import { compareText } from './text-order.ts';

const WHAT = 'summary';
const TIMESTAMP = 'ostree.commit.timestamp';
const LAST_MODIFIED = 'ostree.summary.last-modified';

type Facts = readonly (readonly [string, TypedValue])[];
const FACTS = array(entry(STRING, variant('be')));
// The one number that is as the machine of the writer has it; all that anybody has are little-endian.
const COMMIT = tuple<readonly [bigint, Uint8Array, Facts]>(NUMBERS.le.uint64, BYTES, FACTS);
const REF = tuple(STRING, COMMIT);
const SUMMARY = tuple<readonly [readonly (readonly [string, readonly [bigint, Uint8Array, Facts]])[], Facts]>(
  array(REF),
  FACTS,
);

const seconds = (value: number): TypedValue => ({ type: 't', value: BigInt(value) });

function writeRef({ ref, commit, commitSizeBytes, timestampSeconds }: SummaryRef) {
  require(isObjectId(commit), WHAT, 'the id of a commit is not 64 hex digits');
  const facts: Facts = timestampSeconds === undefined ? [] : [[TIMESTAMP, seconds(timestampSeconds)]];
  return [ref, [BigInt(commitSizeBytes), Buffer.from(commit, 'hex'), facts]] as const;
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
    lastModifiedSeconds === undefined ? [] : [[LAST_MODIFIED, seconds(lastModifiedSeconds)]];
  const bytes = encodeVariant(SUMMARY, [sorted.map(writeRef), facts]);
  if (bytes.length > MAX_METADATA_BYTES)
    throw new CacheError(
      'TOO_LARGE',
      `a summary of ${refs.length} refs would have ${bytes.length} bytes; clients read ${MAX_METADATA_BYTES}`,
    );
  return bytes;
}

/** A time that a writer gave in seconds; `undefined` where there is none of that name and form. */
function readSeconds(facts: Facts, name: string): number | undefined {
  const value = facts.find(([key]) => key === name)?.[1].value;
  const found = typeof value === 'bigint' ? Number(value) : undefined;
  return Number.isSafeInteger(found) ? found : undefined;
}

function readRef([ref, [size, commit, facts]]: readonly [
  string,
  readonly [bigint, Uint8Array, Facts],
]): SummaryRef {
  require(commit.length === ID_BYTES, WHAT, 'the id of a commit has not 32 bytes');
  const timestampSeconds = readSeconds(facts, TIMESTAMP);
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
  const [found, facts] = decodeObject(WHAT, SUMMARY, bytes);
  const refs = found.map(readRef);
  for (const [index, { ref }] of refs.entries()) {
    const before = refs[index - 1]?.ref;
    require(before === undefined ||
      compareText(before, ref) < 0, WHAT, 'its refs are not in order, or one is there twice');
  }
  const lastModifiedSeconds = readSeconds(facts, LAST_MODIFIED);
  return { refs, ...(lastModifiedSeconds === undefined ? {} : { lastModifiedSeconds }) };
}
