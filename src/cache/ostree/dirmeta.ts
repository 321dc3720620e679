import { decodeObject, require } from './decoding.ts';
import { encodeVariant, NUMBERS, tuple } from './gvariant/index.ts';
import type { DirMeta } from './objects.ts';
import { readXattrs, writeXattrs, XATTRS } from './xattrs.ts';

const WHAT = 'dirmeta object';
const { uint32 } = NUMBERS.be;
const DIRMETA = tuple(uint32, uint32, uint32, XATTRS);

/** A directory, its permissions and nothing else. */
const isDirectoryMode = (mode: number) => mode >>> 12 === 0o04 && mode <= 0xffff;

/** The bytes of a dirmeta object. Throws `CORRUPT_OBJECT` for what is no directory. */
export function encodeDirMeta({ uid, gid, mode, xattrs }: DirMeta): Buffer {
  require(isDirectoryMode(mode), WHAT, `the mode ${mode.toString(8)} is none of a directory`);
  return encodeVariant(DIRMETA, [uid, gid, mode, writeXattrs(xattrs, WHAT)]);
}

/** Throws `CORRUPT_OBJECT`, `TOO_LARGE`. */
export function decodeDirMeta(bytes: Uint8Array): DirMeta {
  const [uid, gid, mode, xattrs] = decodeObject(WHAT, DIRMETA, bytes);
  require(isDirectoryMode(mode), WHAT, `the mode ${mode.toString(8)} is none of a directory`);
  return { uid, gid, mode, xattrs: readXattrs(xattrs, WHAT) };
}
