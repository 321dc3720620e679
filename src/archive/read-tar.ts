import { pathText } from './byte-path.ts';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { paddedSize } from './tar-header.ts';
import { cutOff, type ReadEntry, readEntry, skipContent } from './tar-read.ts';

/** An entry of a tar that is read as it comes; nothing about it has been found to be safe. */
export interface TarEntry {
  /** As text, however its bytes are; without the slash of folders. */
  readonly path: string;
  readonly kind: ReadEntry['kind'];
  /** Permissions. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Of a link; of a hard link the path of another entry. */
  readonly target: string;
  /** Its bytes, once, and before the next entry is asked for; what is not read is skipped. */
  content(): AsyncGenerator<Buffer, void, undefined>;
}

/**
 * The entries of a tar in their order; nothing is held but headers. Leaving the loop closes the stream. Throws `CORRUPT`
 * where the tar is damaged or not complete.
 */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const reader = createByteReader(iterator, { maxBytes: Number.POSITIVE_INFINITY });
  const state = { global: new Map<string, string>(), sawGlobal: false };
  try {
    for (let entry = await readEntry(reader, state); entry; entry = await readEntry(reader, state)) {
      const left = { bytes: entry.sizeBytes };
      yield asTarEntry(entry, () => pieces(reader, left));
      await skipContent(reader, left.bytes + paddedSize(entry.sizeBytes) - entry.sizeBytes);
    }
  } finally {
    await iterator.return?.();
  }
}

function asTarEntry(entry: ReadEntry, content: TarEntry['content']): TarEntry {
  const { kind, mode, sizeBytes, path, target } = entry;
  const shown = pathText(path)
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/$/, '');
  return { path: shown, kind, mode: mode & 0o7777, sizeBytes, target: pathText(target), content };
}

async function* pieces(reader: ByteReader, left: { bytes: number }): AsyncGenerator<Buffer, void, undefined> {
  while (left.bytes > 0) {
    if (reader.available === 0 && !(await reader.fill(1))) throw cutOff();
    const piece = Buffer.from(reader.take(left.bytes)); // valid only until more is read
    left.bytes -= piece.length;
    yield piece;
  }
}
