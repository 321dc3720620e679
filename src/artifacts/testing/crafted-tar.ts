import { bytePath } from '../../archive/byte-path.ts';
import { BLOCK, encodeHeader, paddedSize, setChecksum } from '../../archive/tar-header.ts';

/** An entry that no honest program may write. */
export interface CraftedEntry {
  /** Byte for byte. */
  readonly name: string;
  /** The kind's letter in the header. @defaultValue '0', a file */
  readonly type?: string;
  readonly content?: string;
  readonly target?: string;
}

function craftEntry({ name, type = '0', content = '', target = '' }: CraftedEntry): Buffer {
  const bytes = Buffer.from(content, 'latin1');
  const facts = { mode: 0o644, sizeBytes: bytes.length, mtimeSeconds: 1_700_000_000, uid: 0, gid: 0 };
  const header = encodeHeader({ path: bytePath('x'), kind: 'file', ...facts });
  header.fill(0, 0, 100).write(name, 0, 100, 'latin1');
  header.fill(0, 157, 257).write(target, 157, 100, 'latin1');
  header.write(type, 156, 1, 'latin1');
  setChecksum(header);
  return Buffer.concat([header, bytes, Buffer.alloc(paddedSize(bytes.length) - bytes.length)]);
}

/** A tar of these entries, with its end mark. */
export const craftTar = (...entries: readonly CraftedEntry[]): Buffer =>
  Buffer.concat([...entries.map(craftEntry), Buffer.alloc(2 * BLOCK)]);

/** One record of an extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
