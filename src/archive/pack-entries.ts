import { bytePath } from './byte-path.ts';
import { ArchiveError } from './error.ts';
import { BLOCK, encodeHeader, paddedSize } from './tar-header.ts';

/** An entry of a tar that is made while its content comes. */
export interface StreamedEntry {
  /** Relative, parts separated by `/`. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly mode: number;
  /** Of a file: exactly what `content` gives. */
  readonly sizeBytes: number;
  /** Of a link. */
  readonly target?: string;
  readonly content?: AsyncIterable<Uint8Array>;
}

/** A tar of entries that come one after the other; all belong to root, at the epoch. Throws `CHANGED` where a content has not the size that was said. */
export async function* packEntries(
  entries: AsyncIterable<StreamedEntry>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const { path, kind, mode, sizeBytes, target = '', content } of entries) {
    yield encodeHeader({
      path: bytePath(path),
      target: bytePath(target),
      ...{ kind, mode, sizeBytes, mtimeSeconds: 0, uid: 0, gid: 0 },
    });
    let left = sizeBytes;
    for await (const bytes of content ?? []) {
      left -= bytes.length;
      if (left < 0) break;
      yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    if (left !== 0)
      throw new ArchiveError('CHANGED', `Could not pack ${path}: it has another size than it said`, { path });
    const padding = paddedSize(sizeBytes) - sizeBytes;
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(2 * BLOCK);
}
