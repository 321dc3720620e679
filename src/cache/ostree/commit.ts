import { decodeObject, decoding, require } from './decoding.ts';
import {
  array,
  BYTES,
  encodeVariant,
  entry,
  NUMBERS,
  raw,
  STRING,
  tuple,
  variant,
} from './gvariant/index.ts';
import { ID_BYTES, idOf, isObjectId } from './object-id.ts';
import type { Commit } from './objects.ts';

const WHAT = 'commit object';
/** What other programs say about a commit: kept as it is. */
export const METADATA = raw(array(entry(STRING, variant('be'))));
const RELATED = raw(array(tuple(STRING, BYTES)));
const COMMIT = tuple(METADATA, BYTES, RELATED, STRING, STRING, NUMBERS.be.uint64, BYTES, BYTES);

function writeId(id: string): Buffer {
  require(isObjectId(id), WHAT, 'the id of an object is not 64 hex digits');
  return Buffer.from(id, 'hex');
}

function readId(bytes: Uint8Array): string {
  require(bytes.length === ID_BYTES, WHAT, 'the id of an object has not 32 bytes');
  return idOf(bytes);
}

/** The bytes of a commit object. Throws `CORRUPT_OBJECT` for what cannot be one. */
export function encodeCommit(commit: Commit): Buffer {
  const { timestampSeconds } = commit;
  require(Number.isSafeInteger(timestampSeconds) &&
    timestampSeconds >= 0, WHAT, 'its time is no whole number of seconds');
  return decoding(WHAT, () =>
    encodeVariant(COMMIT, [
      commit.metadata,
      commit.parent === undefined ? Buffer.alloc(0) : writeId(commit.parent),
      commit.related,
      commit.subject,
      commit.body,
      BigInt(timestampSeconds),
      writeId(commit.dirtree),
      writeId(commit.dirmeta),
    ]),
  );
}

/** Throws `CORRUPT_OBJECT`, `TOO_LARGE`. What it returns holds on to nothing of `bytes`. */
export function decodeCommit(bytes: Uint8Array): Commit {
  const [metadata, parent, related, subject, body, time, dirtree, dirmeta] = decodeObject(
    WHAT,
    COMMIT,
    bytes,
  );
  const timestampSeconds = Number(time);
  require(Number.isSafeInteger(timestampSeconds), WHAT, 'its time is beyond all bounds');
  return {
    ...(parent.length === 0 ? {} : { parent: readId(parent) }),
    subject,
    body,
    timestampSeconds,
    dirtree: readId(dirtree),
    dirmeta: readId(dirmeta),
    metadata: Uint8Array.from(metadata),
    related: Uint8Array.from(related),
  };
}
