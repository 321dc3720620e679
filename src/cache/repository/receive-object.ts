import { closeSync, fchmodSync, ftruncateSync, openSync, type Stats, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type ObjectName, verifyObject } from '../ostree/index.ts';
import { FILE_MODE } from './folders.ts';

interface Receiving {
  /** Where nothing is yet. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
}

/** Up to here an object is written in system calls of microseconds, where a thread for each would cost more. */
const SMALL_BYTES = 128 * 1024;

/** Nobody else may look into a file that is not whole: so its mode says which ones are. */
const PARTIAL_MODE = 0o600;

/** Writes an object to a new file while it is checked. Throws what `verifyObject` throws. */
export async function receiveObject(
  name: ObjectName,
  content: AsyncIterable<Uint8Array>,
  { path, sizeBytes, maxBytes }: Receiving,
): Promise<void> {
  const checked = verifyObject(name, content, { sizeBytes, maxBytes });
  if (sizeBytes <= SMALL_BYTES) return await writeSmall(path, checked);
  await using file = await open(path, 'wx', PARTIAL_MODE);
  for await (const piece of checked) {
    for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
  }
  await file.chmod(FILE_MODE);
}

async function writeSmall(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(path, 'wx', PARTIAL_MODE);
  try {
    for await (const piece of pieces) writeAll(file, piece);
    fchmodSync(file, FILE_MODE);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/**
 * Writes a small file that was not there. It can be read by everybody when it is whole, whatever the umask is. Nothing of
 * one that fails takes room.
 */
export function writeNewFile(path: string, content: Uint8Array): void {
  const file = openSync(path, 'wx', PARTIAL_MODE);
  try {
    writeAll(file, content);
    fchmodSync(file, FILE_MODE);
  } catch (cause) {
    ftruncateSync(file);
    throw cause;
  } finally {
    closeSync(file);
  }
}

/** Whether such a file is whole. */
export const isWhole = (file: Stats): boolean => file.isFile() && (file.mode & 0o777) === FILE_MODE;
