import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { type BackupEnd, type BackupHead, passingPlace, readBackup } from '../../backup/index.ts';

export interface WrittenBackup {
  readonly head: BackupHead;
  readonly end: BackupEnd;
}

/**
 * Writes a backup to a file and reads it on the way: what is there afterwards is complete and right, or the file is as it was.
 * Throws `BackupError`, and what `stream` throws.
 */
export async function backupToFile(stream: AsyncIterable<Uint8Array>, file: string): Promise<WrittenBackup> {
  const part = await passingPlace(dirname(file), '.slipway-backup-');
  try {
    const written = await writeTo(part, stream);
    await rename(part, file);
    return written;
  } finally {
    await rm(part, { force: true });
  }
}

async function writeTo(part: string, stream: AsyncIterable<Uint8Array>): Promise<WrittenBackup> {
  await using file = await open(part, 'wx', 0o600); // keys are in it
  const written = await checked(passedInto(stream, file));
  await file.sync();
  return written;
}

async function* passedInto(stream: AsyncIterable<Uint8Array>, file: FileHandle): AsyncGenerator<Uint8Array> {
  for await (const bytes of stream) {
    await file.writeFile(bytes);
    yield bytes;
  }
}

/** The same for a pipe, which the reader of has to check by themselves, by restoring it. */
export async function backupToPipe(
  stream: AsyncIterable<Uint8Array>,
  pipe: Writable,
): Promise<WrittenBackup> {
  async function* passed(): AsyncGenerator<Uint8Array> {
    for await (const bytes of stream) {
      if (!pipe.write(bytes)) await once(pipe, 'drain');
      yield bytes;
    }
  }
  return await checked(passed());
}

/** Reads it as a restore does, and puts nothing anywhere. */
async function checked(stream: AsyncIterable<Uint8Array>): Promise<WrittenBackup> {
  const seen: { head?: BackupHead } = {};
  const end = await readBackup(stream, {
    onHead: async (head) => void Object.assign(seen, { head }),
    async onFile(_path, content) {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const bytes of content) {
        hash.update(bytes);
        sizeBytes += bytes.length;
      }
      return { sizeBytes, sha256: hash.digest('hex') };
    },
    onLine: async () => {},
  });
  if (seen.head === undefined) throw new Error('a backup that was read has a head');
  return { head: seen.head, end };
}
