import type { ObjectKind, ObjectName } from '../ostree/object-name.ts';

/** Kinds as numbers, as `offer` messages and batches of objects have them. */
const KINDS: readonly ObjectKind[] = ['commit', 'dirtree', 'dirmeta', 'filez'];

/** One byte of kind, 32 of id. */
export const ENTRY_BYTES = 33;

/** Names of objects as bytes, one behind the other; a `commitmeta` has none. */
export function encodeEntries(names: readonly ObjectName[]): Buffer {
  const bytes = Buffer.alloc(names.length * ENTRY_BYTES);
  for (const [index, { id, kind }] of names.entries()) {
    const at = index * ENTRY_BYTES;
    bytes[at] = KINDS.indexOf(kind);
    bytes.write(id, at + 1, 'hex');
  }
  return bytes;
}

/** The names again; `undefined` where the bytes are no such list. */
export function decodeEntries(bytes: Uint8Array): ObjectName[] | undefined {
  if (bytes.length % ENTRY_BYTES !== 0) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const names: ObjectName[] = [];
  for (let at = 0; at < buffer.length; at += ENTRY_BYTES) {
    const kind = KINDS[buffer[at] ?? KINDS.length];
    if (kind === undefined) return undefined;
    names.push({ id: buffer.toString('hex', at + 1, at + ENTRY_BYTES), kind });
  }
  return names;
}
