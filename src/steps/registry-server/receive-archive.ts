import { createHash, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkArchive } from './check-archive.ts';
import { settleFile } from './durable.ts';
import { Refusal } from './refusal.ts';
import type { PendingUpload, StepStore } from './step-store.ts';

/**
 * Takes an announced archive: hashed and counted while it is written, checked, and given its name only when it is what
 * was announced and safe on the disk. May be repeated, also at the same time. Throws `Refusal`.
 */
export async function receiveArchive(
  store: StepStore,
  upload: PendingUpload,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const part = join(store.folder, 'uploads', `${upload.id}.${randomUUID()}.part`);
  try {
    const { checksum, sizeBytes } = await write(part, body, upload.sizeBytes);
    if (sizeBytes !== upload.sizeBytes) {
      throw new Refusal('MALFORMED', `${sizeBytes} bytes came, announced were ${upload.sizeBytes}`);
    }
    if (checksum !== upload.checksum) {
      throw new Refusal(
        'WRONG_CONTENT',
        `the checksum of what came is ${checksum}, announced was ${upload.checksum}`,
      );
    }
    await checkArchive(part, `${part}.content`, upload, signal);
    await settleFile(part, store.blob(checksum));
  } finally {
    await rm(part, { force: true });
  }
}

async function write(
  path: string,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ checksum: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await using file = await open(path, 'wx', 0o600);
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new Refusal('TOO_LARGE', `more came than the ${maxBytes} bytes announced`);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  await file.sync();
  return { checksum: hash.digest('hex'), sizeBytes };
}
