import { closeSync, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type ObjectName, verifyObject } from '../ostree/index.ts';
import { FILE_MODE } from './folders.ts';

interface Receiving {
  /** Where nothing is yet. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
}

/** Up to here an object is written in one go: four system calls of microseconds, where a thread for each would cost more. */
const SMALL_BYTES = 128 * 1024;

/** Writes an object to a new file while it is checked. Throws what `verifyObject` throws. */
export async function receiveObject(
  name: ObjectName,
  content: AsyncIterable<Uint8Array>,
  { path, sizeBytes, maxBytes }: Receiving,
): Promise<void> {
  const checked = verifyObject(name, content, { sizeBytes, maxBytes });
  if (sizeBytes <= SMALL_BYTES) return await writeSmall(path, checked);
  await using file = await open(path, 'wx', FILE_MODE);
  await file.chmod(FILE_MODE);
  for await (const piece of checked) {
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
  }
}

/** Writes a small file that was not there, for everybody to read whatever the umask is. */
export function writeNewFile(path: string, content: Uint8Array): void {
  const file = openSync(path, 'wx', FILE_MODE);
  try {
    fchmodSync(file, FILE_MODE);
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

async function writeSmall(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(path, 'wx', FILE_MODE);
  try {
    fchmodSync(file, FILE_MODE);
    for await (const piece of pieces) writeFileSync(file, piece);
  } finally {
    closeSync(file);
  }
}
