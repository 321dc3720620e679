import { closeSync, constants, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type BytePath, fsPath, pathText } from './byte-path.ts';
import { ArchiveError, errorCode, fileError } from './error.ts';
import { throwIfAborted } from './pacer.ts';
import type { TarOutput } from './tar-output.ts';
import type { TreeEntry } from './walk.ts';

/** A file on its way into an archive. */
interface PackedFile {
  readonly entry: TreeEntry;
  /** In the archive. */
  readonly path: BytePath;
}

const PIECE_BYTES = 512 * 1024;
// A file that became a link or a pipe since the walk saw it is not followed and not waited for.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Archives a small file with what can be read of it now. One that has vanished since the walk is left out. */
export function packSmall(output: TarOutput, { entry, path }: PackedFile): void {
  const file = tryOpen(entry);
  if (file === undefined) return;
  try {
    output.file(path, entry.stats, (content) => readUpTo(file, content, entry));
  } finally {
    closeSync(file);
  }
}

/** Archives a large file piece by piece. Throws `CHANGED` when it ends before the size that its header promised. */
export async function* packLarge(
  output: TarOutput,
  { entry, path }: PackedFile,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  await using file = await tryOpenLarge(entry);
  if (file === undefined) return;
  output.largeFile(path, entry.stats);
  yield* output.flush();
  yield* readPieces(file, entry, signal);
  output.padding(entry.stats.size);
}

/** While a piece is being used the next one is read already. */
async function* readPieces(
  file: FileHandle,
  entry: TreeEntry,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let left = entry.stats.size;
  for (let reading = readPiece(file, left, entry); left > 0; ) {
    throwIfAborted(signal);
    const piece = await reading;
    if (piece.length === 0) throw shrunk(entry, left);
    left -= piece.length;
    if (left > 0) reading = readPiece(file, left, entry);
    yield piece;
  }
}

function readPiece(file: FileHandle, left: number, entry: TreeEntry): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, left));
  const reading = file.read(piece).then(
    ({ bytesRead }) => piece.subarray(0, bytesRead),
    (cause: unknown) => {
      throw fileError('read', pathText(entry.source), cause);
    },
  );
  reading.catch(() => {}); // told when the piece is asked for, which may be never
  return reading;
}

function shrunk(entry: TreeEntry, missingBytes: number): ArchiveError {
  const path = pathText(entry.source);
  const message = `${path} became ${missingBytes} bytes shorter while it was read: try again when nothing writes to it`;
  return new ArchiveError('CHANGED', message, { path });
}

function tryOpen(entry: TreeEntry): number | undefined {
  try {
    return openSync(fsPath(entry.source), OPEN_FLAGS);
  } catch (cause) {
    return vanished(entry, cause);
  }
}

async function tryOpenLarge(entry: TreeEntry): Promise<FileHandle | undefined> {
  try {
    return await open(fsPath(entry.source), OPEN_FLAGS);
  } catch (cause) {
    return vanished(entry, cause);
  }
}

function vanished(entry: TreeEntry, cause: unknown): undefined {
  const code = errorCode(cause);
  // ELOOP: a link stands there now.
  if (code !== 'ENOENT' && code !== 'ELOOP') throw fileError('read', pathText(entry.source), cause);
}

function readUpTo(file: number, content: Buffer, entry: TreeEntry): number {
  try {
    let size = 0;
    for (let got = -1; got !== 0 && size < content.length; size += got) {
      got = readSync(file, content, size, content.length - size, null);
    }
    return size;
  } catch (cause) {
    throw fileError('read', pathText(entry.source), cause);
  }
}
