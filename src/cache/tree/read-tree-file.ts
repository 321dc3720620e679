import { createHash } from 'node:crypto';
import { CacheError } from '../error.ts';
import { encodeHashedHeader, type FileHeader } from '../ostree/index.ts';
import { findInTree, openTreeFile, readRoot, type TreeObjects } from './tree-reader.ts';
import { shownPath } from './tree-source.ts';

/** A file of a tree. Its content can be read once; dispose it in any case. */
export interface TreeFile extends AsyncDisposable {
  readonly header: FileHeader;
  /** Ends only where its digest is right; else it throws `CORRUPT_OBJECT` at its end, or earlier. */
  readonly content: AsyncIterable<Buffer>;
}

/** Passes content on while its digest is taken. Throws `CORRUPT_OBJECT`. */
export async function* checkedContent(
  id: string,
  { header, content }: Pick<TreeFile, 'header' | 'content'>,
): AsyncGenerator<Buffer, void> {
  const digest = createHash('sha256').update(encodeHashedHeader(header));
  for await (const piece of content) {
    digest.update(piece);
    yield piece;
  }
  const found = digest.digest('hex');
  if (found !== id)
    throw new CacheError('CORRUPT_OBJECT', `the object ${id}.filez is damaged: its digest is ${found}`, {
      hint: 'slipway cache fsck --repair removes it; slipway cache pull fetches it again.',
    });
}

/**
 * One file of a commit's tree. A path that leads nowhere throws `BAD_TREE`, and so do folders and links, which are not
 * followed; `MISSING_OBJECT`, `CORRUPT_OBJECT`.
 */
export async function readTreeFile(objects: TreeObjects, commit: string, path: string): Promise<TreeFile> {
  const found = await findInTree(objects, await readRoot(objects, commit), path);
  if (found.type === 'folder')
    throw new CacheError('BAD_TREE', `${shownPath(path)} is a folder, and no file`);
  const file = await openTreeFile(objects, found.file);
  if (file.header.target !== undefined) {
    await file[Symbol.asyncDispose]();
    const target = shownPath(file.header.target);
    throw new CacheError('BAD_TREE', `${shownPath(path)} is a symbolic link to ${target}, and no file`);
  }
  return {
    header: file.header,
    content: checkedContent(found.file, file),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
