import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiveError, type ArchiveErrorCode, extractTar, extractTarGz } from '../../archive/index.ts';
import { CommandError } from '../command-error.ts';
import { onFiles } from '../file-error.ts';

export interface UnpackOptions {
  /** A tar, or a tar.gz, whose digest was checked; it is removed when it is unpacked. */
  readonly file: string;
  readonly folder: string;
  /** Over what is in the folder. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** Where the archive is while it is fetched for a folder: beside it, so that a later try goes on with it. */
export const archiveFor = (folder: string): string => `${folder}.slipway-get`;

/** Throws `CommandError` where something is in the folder already. */
export async function requireEmpty(folder: string): Promise<void> {
  const names = await onFiles(`look into ${folder}`, () => namesIn(folder));
  if (names === undefined || names.length === 0) return;
  throw new CommandError(`${folder} is not empty`, '--force unpacks over what is there.');
}

/** What lies in the archive itself. */
const IN_THE_ARCHIVE: ReadonlySet<ArchiveErrorCode> = new Set(['CORRUPT', 'LIMIT', 'UNSAFE_ENTRY']);

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Unpacks beside the folder, which is there whole or not at all; with `force` into the folder itself. However that ends the
 * archive is gone: another try asks for it anew.
 */
export async function unpack(options: UnpackOptions): Promise<void> {
  try {
    await extractInto(options);
  } catch (error) {
    if (!(error instanceof ArchiveError) || !IN_THE_ARCHIVE.has(error.code)) throw error;
    throw new CommandError(error.message, 'Without --unpack the artifact is got as it is.');
  } finally {
    await rm(options.file, { force: true });
  }
}

async function extractInto({ file, folder, force, signal }: UnpackOptions): Promise<void> {
  const extract = (await isGzip(file)) ? extractTarGz : extractTar;
  const stream = createReadStream(file, { highWaterMark: 1024 * 1024 });
  if (force) {
    await extract(stream, folder, { signal });
  } else {
    const fresh = `${folder}.unpacking`;
    await rm(fresh, { recursive: true, force: true });
    try {
      await extract(stream, fresh, { signal });
      await onFiles(`make ${folder}`, () => takePlace(fresh, folder));
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      throw error;
    }
  }
}

async function takePlace(fresh: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { recursive: true });
  await rmdir(folder); // only where nothing is in it
  await rename(fresh, folder);
}

async function isGzip(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}
