import { CacheError } from '../error.ts';
import type { Ref } from '../repository/repository.ts';
import type { ByteSource } from './byte-source.ts';
import { ENTRY_BYTES } from './entries.ts';

/**
 * How a Slipway sends artifacts to another over http. Both bodies begin with the refs that are to be set: their length as a
 * little-endian u32, then JSON. `POST <repository>/.slipway/missing` goes on with `encodeEntries` of what could be sent, and
 * is answered with a bit for each, the lowest of each byte first: whether it is wanted. `POST <repository>/.slipway/publish`
 * goes on with the objects as one tar, as pushes over ssh have it, and is answered when all of it is published.
 */
export const MISSING_PATH = '.slipway/missing';
export const PUBLISH_PATH = '.slipway/publish';

/** How many objects may be asked about at once: more is asked in several requests. */
export const MAX_ASKED_OBJECTS = 50_000;

/** What the refs of an upload have at most. */
const MAX_UPLOAD_HEADER_BYTES = 64 * 1024;
const MAX_UPLOAD_REFS = 100;

const LENGTH_BYTES = 4;

/** What a question for what is missing has at most. */
export const MAX_MISSING_BYTES = LENGTH_BYTES + MAX_UPLOAD_HEADER_BYTES + MAX_ASKED_OBJECTS * ENTRY_BYTES;

/** What both bodies begin with. */
export function encodeUploadHeader(refs: readonly Ref[]): Buffer {
  const text = Buffer.from(JSON.stringify({ refs: refs.map(({ ref, commit }) => ({ ref, commit })) }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** The refs that an upload is to set, in its form alone: whether they are good names is not looked at. Throws `PROTOCOL`. */
export async function readUploadHeader(source: ByteSource): Promise<readonly Ref[]> {
  if (!(await source.fill(LENGTH_BYTES))) throw wrong('it ends before it says which refs it is for');
  const length = source.take(LENGTH_BYTES).readUInt32LE();
  if (length > MAX_UPLOAD_HEADER_BYTES)
    throw wrong(`its refs have ${length} bytes, and at most ${MAX_UPLOAD_HEADER_BYTES} are read`);
  if (!(await source.fill(length))) throw wrong('it ends within its refs');
  return refsOf(source.take(length).toString());
}

function refsOf(text: string): readonly Ref[] {
  const refs = list(text);
  if (refs === undefined || refs.length === 0 || refs.length > MAX_UPLOAD_REFS)
    throw wrong(`expected 1 to ${MAX_UPLOAD_REFS} refs with their commits`);
  return refs.map((each) => {
    const { ref, commit } = (typeof each === 'object' && each !== null ? each : {}) as Partial<Ref>;
    if (typeof ref === 'string' && typeof commit === 'string') return { ref, commit };
    throw wrong('one of its refs has no name or no commit');
  });
}

function list(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const refs = typeof value === 'object' && value !== null && 'refs' in value ? value.refs : undefined;
    return Array.isArray(refs) ? refs : undefined;
  } catch {
    return undefined; // no JSON
  }
}

const wrong = (why: string): CacheError =>
  new CacheError('PROTOCOL', `This is no upload of artifacts: ${why}`);
