import { crc32 } from 'node:zlib';
import { ArchiveError } from '../error.ts';
import type { LayoutEntry } from './layout.ts';

/** The CRC-32 of what an entry holds; a link holds its target. Throws `CORRUPT` where a file's is not known. */
export function checksumOf({ path, type, sizeBytes, crc32: known, target }: LayoutEntry): number {
  if (type === 'link') return crc32(target ?? '');
  if (sizeBytes === 0) return 0;
  if (known !== undefined && known >= 0 && known < 2 ** 32) return known;
  const message = `${JSON.stringify(path)} has no checksum, without which it cannot go into this kind of archive`;
  throw new ArchiveError('CORRUPT', message, { path });
}
