import { createHash } from 'node:crypto';
import { CacheError } from '../error.ts';
import { decodeCommit, METADATA } from './commit.ts';
import { decodeObject, require } from './decoding.ts';
import { decodeDirMeta } from './dirmeta.ts';
import { decodeDirTree } from './dirtree.ts';
import { decodeStoredHeader, encodeHashedHeader, PREFIX_BYTES, storedHeaderBytes } from './file-header.ts';
import { inflateWhole } from './inflater.ts';
import { objectId } from './object-id.ts';
import { type ObjectName, objectFileName } from './object-name.ts';
import type { FileHeader } from './objects.ts';
import { storedContent } from './stored-blocks.ts';
import { StoredHead } from './stored-head.ts';

/** Refuses an object that is not what its name says. */
export function requireId(name: ObjectName, found: string): void {
  if (found === name.id) return;
  throw new CacheError(
    'CORRUPT_OBJECT',
    `the object ${objectFileName(name)} is damaged: its content has the digest ${found}`,
  );
}

/** The same trouble, with the name of the object where it only says what is wrong with its bytes. */
export function aboutObject(name: ObjectName, error: unknown): unknown {
  if (!(error instanceof CacheError) || error.code !== 'CORRUPT_OBJECT' || error.message.includes(name.id))
    return error;
  return new CacheError('CORRUPT_OBJECT', `the object ${objectFileName(name)} is damaged: ${error.message}`, {
    cause: error,
  });
}

/** Refuses a file that would be larger than is taken. */
export function requireSize(name: ObjectName, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new CacheError(
    'TOO_LARGE',
    `the object ${objectFileName(name)} has ${sizeBytes} bytes; at most ${maxBytes} are taken`,
    {
      hint: 'the setting max-object-bytes of the repository says how many',
    },
  );
}

/** A file object whole in memory, unpacked. Throws `CORRUPT_OBJECT`, `TOO_LARGE`. */
export function decodeFilez(bytes: Uint8Array): { readonly header: FileHeader; readonly content: Buffer } {
  const head = new StoredHead();
  const payload = head.take(bytes);
  const header = head.decode();
  return { header, content: unpack(header, payload ?? Buffer.alloc(0)) };
}

function unpack(header: FileHeader, payload: Uint8Array): Buffer {
  if (header.target === undefined) return inflateWhole(payload, header.sizeBytes);
  require(payload.length === 0, 'file object', 'a symbolic link has content');
  return Buffer.alloc(0);
}

function checkFilez(name: ObjectName, bytes: Buffer, maxBytes: number): void {
  const { header, payload } = splitFilez(bytes);
  requireSize(name, header.sizeBytes, maxBytes);
  const hash = createHash('sha256').update(encodeHashedHeader(header));
  for (const piece of contentOf(header, payload)) hash.update(piece);
  requireId(name, hash.digest('hex'));
}

/** Nothing is copied: it is looked at here and now. */
function splitFilez(bytes: Buffer): { readonly header: FileHeader; readonly payload: Buffer } {
  const prefix = bytes.subarray(0, PREFIX_BYTES);
  const headEnd = prefix.length < PREFIX_BYTES ? Number.NaN : PREFIX_BYTES + storedHeaderBytes(prefix);
  require(bytes.length >= headEnd, 'file object', 'it ends inside of its header');
  return {
    header: decodeStoredHeader(bytes.subarray(PREFIX_BYTES, headEnd)),
    payload: bytes.subarray(headEnd),
  };
}

function contentOf(header: FileHeader, payload: Buffer): readonly Buffer[] {
  const stored = header.target === undefined ? storedContent(payload) : undefined;
  const length = stored?.reduce((sum, block) => sum + block.length, 0);
  return stored !== undefined && length === header.sizeBytes ? stored : [unpack(header, payload)];
}

const FORMATS = { commit: decodeCommit, dirtree: decodeDirTree, dirmeta: decodeDirMeta } as const;

/**
 * Checks an object that is whole in memory, as it is stored: its digest and its format. Throws `CORRUPT_OBJECT`, and
 * `TOO_LARGE` for a file that would unpack to more than `maxBytes`. A file is unpacked here and now: for small ones.
 */
export function checkObject(name: ObjectName, bytes: Buffer, maxBytes: number): void {
  const { kind } = name;
  if (kind === 'filez') checkFilez(name, bytes, maxBytes);
  else if (kind === 'commitmeta') decodeObject('commitmeta object', METADATA, bytes);
  else {
    FORMATS[kind](bytes);
    requireId(name, objectId(bytes));
  }
}
