import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { ArchiveError, extractTarGz, packFolder, parseIgnore } from '../archive/index.ts';

/** A step as one file; dispose it to remove the file. */
export interface StepArchive extends AsyncDisposable {
  readonly path: string;
  /** SHA-256 in hex. */
  readonly checksum: string;
  readonly sizeBytes: number;
}

/**
 * Packs a step's folder, without `.git`; the same files give the same archive. It is unpacked once to see that it can
 * be. Throws `ArchiveError`.
 */
export async function packStep(folder: string, signal: AbortSignal): Promise<StepArchive> {
  const temporary = await mkdtemp(join(tmpdir(), 'slipway-publish-'));
  const remove = (): Promise<void> => rm(temporary, { recursive: true, force: true });
  try {
    const path = join(temporary, 'step.tar.gz');
    const written = await writeArchive(folder, path, signal);
    await tryUnpacking(path, join(temporary, 'content'), signal);
    return { path, ...written, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function writeArchive(
  folder: string,
  path: string,
  signal: AbortSignal,
): Promise<Pick<StepArchive, 'checksum' | 'sizeBytes'>> {
  const tar = packFolder(folder, { name: '', ignore: parseIgnore('.git'), reproducible: true, signal });
  const compressed = Readable.from(tar).compose(createGzip({ level: 9 }));
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await using file = await open(path, 'wx', 0o600);
  for await (const chunk of compressed as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    await file.writeFile(chunk);
  }
  return { checksum: hash.digest('hex'), sizeBytes };
}

async function tryUnpacking(path: string, into: string, signal: AbortSignal): Promise<void> {
  await mkdir(into);
  await using file = await open(path);
  try {
    await extractTarGz(file.createReadStream({ autoClose: false }), into, { signal });
  } catch (cause) {
    if (!(cause instanceof ArchiveError) || cause.code === 'ABORTED') throw cause;
    throw new ArchiveError(
      cause.code,
      `what users of the step would get cannot be unpacked: ${cause.message}`,
      {
        cause,
      },
    );
  } finally {
    await rm(into, { recursive: true, force: true });
  }
}
