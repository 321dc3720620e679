import { CacheError } from '../error.ts';
import { decodeObject, require } from './decoding.ts';
import { array, BYTES, encodeVariant, STRING, tuple } from './gvariant/index.ts';
import { ID_BYTES, idOf, isObjectId } from './object-id.ts';
import { type DirTree, MAX_METADATA_BYTES } from './objects.ts';
import { compareText } from './text-order.ts';

const WHAT = 'dirtree object';
const DIRTREE = tuple(
  array(tuple<readonly [string, Uint8Array]>(STRING, BYTES)),
  array(tuple<readonly [string, Uint8Array, Uint8Array]>(STRING, BYTES, BYTES)),
);

const isName = (name: string) =>
  name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');

/** What is wrong is put into words where something is: a walk goes through a hundred thousand names that are right. */
function requireNames(entries: readonly { readonly name: string }[]): void {
  let before: string | undefined;
  for (const { name } of entries) {
    if (!isName(name)) throw problem(`${JSON.stringify(name)} is no name of a file`);
    if (before !== undefined && compareText(before, name) >= 0)
      throw problem('its names are not in order, or one is there twice');
    before = name;
  }
}

function requireSound(tree: DirTree): DirTree {
  requireNames(tree.files);
  requireNames(tree.directories);
  if (tree.files.length === 0 || tree.directories.length === 0) return tree;
  const files = new Set(tree.files.map(({ name }) => name));
  const both = tree.directories.find(({ name }) => files.has(name));
  if (both !== undefined) throw problem(`${JSON.stringify(both.name)} is a file and a directory`);
  return tree;
}

const problem = (text: string): CacheError => new CacheError('CORRUPT_OBJECT', `this is no ${WHAT}: ${text}`);

function readId(bytes: Uint8Array): string {
  require(bytes.length === ID_BYTES, WHAT, 'the id of an object has not 32 bytes');
  return idOf(bytes);
}

function writeId(id: string): Buffer {
  require(isObjectId(id), WHAT, 'the id of an object is not 64 hex digits');
  return Buffer.from(id, 'hex');
}

/**
 * The bytes of a dirtree object. Throws `CORRUPT_OBJECT` for names that are none, not in the order of their bytes or there
 * twice, and `TOO_LARGE` for more names than anybody would read.
 */
export function encodeDirTree(tree: DirTree): Buffer {
  requireSound(tree);
  const bytes = encodeVariant(DIRTREE, [
    tree.files.map(({ name, file }) => [name, writeId(file)] as const),
    tree.directories.map(({ name, dirtree, dirmeta }) => [name, writeId(dirtree), writeId(dirmeta)] as const),
  ]);
  if (bytes.length > MAX_METADATA_BYTES)
    throw new CacheError(
      'TOO_LARGE',
      `a directory of ${tree.files.length + tree.directories.length} entries cannot be stored: it would take ${bytes.length} bytes, and ostree reads ${MAX_METADATA_BYTES}`,
      { hint: 'spread the files over several directories' },
    );
  return bytes;
}

/** Throws `CORRUPT_OBJECT`, `TOO_LARGE`. */
export function decodeDirTree(bytes: Uint8Array): DirTree {
  const [files, directories] = decodeObject(WHAT, DIRTREE, bytes);
  return requireSound({
    files: files.map(([name, file]) => ({ name, file: readId(file) })),
    directories: directories.map(([name, dirtree, dirmeta]) => ({
      name,
      dirtree: readId(dirtree),
      dirmeta: readId(dirmeta),
    })),
  });
}
