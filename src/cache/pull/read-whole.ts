import { CacheError } from '../error.ts';
import { type RetryOptions, withRetries } from '../retrying.ts';
import type { RemoteFile, RemoteFiles } from './remote-files.ts';

/** A repository somewhere else, and how patiently it is asked. */
export interface Asking extends RetryOptions {
  readonly files: RemoteFiles;
}

/** A file of a repository, whole; `undefined` where it is not there. Throws `TOO_LARGE` beyond the limit. */
export async function readWhole(
  asking: Asking,
  path: string,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Buffer | undefined> {
  const { files, signal } = asking;
  return await withRetries(asking, async () => {
    await using file = await files.open(path, { signal });
    return file && (await gather(file, { what: `${files.name}: ${path}`, maxBytes }));
  });
}

export interface GatherOptions {
  /** For the message. */
  readonly what: string;
  readonly maxBytes: number;
}

/** All of a file in memory, however long it says that it is. Throws `TOO_LARGE`. */
export async function gather(file: RemoteFile, { what, maxBytes }: GatherOptions): Promise<Buffer> {
  const tooLarge = (size: string): CacheError =>
    new CacheError('TOO_LARGE', `${what} has ${size} bytes; at most ${maxBytes} are read`);
  const { sizeBytes = 0 } = file;
  if (sizeBytes > maxBytes) throw tooLarge(String(sizeBytes));
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of file) {
    size += piece.length;
    if (size > maxBytes) throw tooLarge(`more than ${maxBytes}`);
    pieces.push(piece);
  }
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1)
    return Buffer.from(only.buffer, only.byteOffset, only.length);
  return Buffer.concat(pieces, size);
}
