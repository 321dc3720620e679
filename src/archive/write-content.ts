import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteReader } from './byte-reader.ts';
import { cutOff } from './tar-read.ts';

// Less time than handing it to a thread would take.
const MAX_SYNC_BYTES = 128 * 1024;
const writeAsync = promisify(write);

/** Writes the next bytes of an archive to a file. Throws `CORRUPT` when the archive ends before, or the system's error. */
export async function writeContent(reader: ByteReader, file: number, sizeBytes: number): Promise<void> {
  if (sizeBytes <= MAX_SYNC_BYTES) {
    if (reader.available < sizeBytes && !(await reader.fill(sizeBytes))) throw cutOff();
    const content = reader.take(sizeBytes);
    for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
    return;
  }
  for (let left = sizeBytes; left > 0; ) {
    if (reader.available === 0 && !(await reader.fill(1))) throw cutOff();
    const piece = reader.take(left);
    for (let at = 0; at < piece.length; ) at += (await writeAsync(file, piece, at)).bytesWritten;
    left -= piece.length;
  }
}
