import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ArchiveError, type ExtractedEntry, extractTar } from '../archive/index.ts';
import { ArtifactError } from './error.ts';

/** Files that a run or one of its steps produced, on this machine. */
export interface CollectedArtifacts {
  /** The tar as it came from the box. */
  readonly tar: string;
  /** The same, unpacked. */
  readonly folder: string;
  /** Of the tar. */
  readonly sizeBytes: number;
  /** Regular files and links below `folder`, `/` between parts. */
  readonly files: readonly string[];
}

export interface CollectOptions {
  /** A tar whose entries all begin with one folder's name, which is left out of `folder`. */
  readonly tar: AsyncIterable<Buffer>;
  /** Where `output.tar` and `output/` are made; what is there is replaced. */
  readonly into: string;
  /** The tar may not be larger. */
  readonly limitBytes: number;
  readonly signal?: AbortSignal;
}

async function* limited(
  source: AsyncIterable<Buffer>,
  limitBytes: number,
  count: (total: number) => void,
): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const bytes of source) {
    total += bytes.length;
    if (total > limitBytes) throw new ArtifactError('TOO_LARGE', `more than ${limitBytes} bytes`);
    count(total);
    yield bytes;
  }
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Hands every chunk to two readers, each of which must take it before the next one comes. */
async function* tee(
  source: AsyncIterable<Buffer>,
  write: (bytes: Buffer) => Promise<void>,
): AsyncGenerator<Buffer> {
  for await (const bytes of source) {
    await write(bytes);
    yield bytes;
  }
}

/**
 * Stores and unpacks what a box produced, in one pass. Links are kept as links. `undefined` when the tar holds no file
 * and no link: then nothing is left on the disk. Throws `ArtifactError` `TOO_LARGE`, or `UNSAFE` for an entry that
 * would leave the folder; then nothing is left either.
 */
export async function collectArtifacts(options: CollectOptions): Promise<CollectedArtifacts | undefined> {
  const tar = join(options.into, 'output.tar');
  const folder = join(options.into, 'output');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  let sizeBytes = 0;
  const clear = (): Promise<unknown> =>
    Promise.all([rm(tar, { force: true }), rm(folder, { recursive: true, force: true })]);
  try {
    const file = createWriteStream(tar);
    const counted = limited(options.tar, options.limitBytes, (total) => {
      sizeBytes = total;
    });
    const copied = tee(counted, (bytes) => writeAll(file, bytes));
    await extractTar(copied, folder, {
      stripComponents: 1,
      links: 'any',
      onEntry: (entry: ExtractedEntry) => {
        if (entry.type !== 'folder') files.push(entry.path);
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    await pipeline([], file);
  } catch (error) {
    await clear();
    throw error instanceof ArchiveError
      ? new ArtifactError('UNSAFE', error.message, { cause: error })
      : error;
  }
  if (files.length > 0) return { tar, folder, sizeBytes, files: files.toSorted(byBytes) };
  await clear();
  return undefined;
}

function writeAll(file: NodeJS.WritableStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
