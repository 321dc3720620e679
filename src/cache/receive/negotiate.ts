import { CacheError } from '../error.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import type { Staging } from '../repository/repository.ts';
import type { ByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { decodeEntries } from '../wire/entries.ts';
import { MAX_BODY_BYTES } from '../wire/frame.ts';
import { expectMessage } from '../wire/message-reader.ts';
import type { PushRoom } from './push-room.ts';

/** As many objects as a walk of a commit follows: a bit for each is little more than a megabyte. */
const MAX_OFFERED = 10_000_000;

/** Where offered objects are looked for. */
export interface NegotiatePlaces {
  readonly staging: Staging;
  readonly room: PushRoom;
}

/**
 * Hears what a client could send, and says what of it is wanted: what is neither published nor left from an earlier push
 * that was cut. Throws `PROTOCOL`, `TOO_LARGE`.
 */
export async function negotiate(
  source: ByteSource,
  send: (bytes: Uint8Array) => Promise<void>,
  places: NegotiatePlaces,
): Promise<{ readonly offered: number; readonly wanted: number }> {
  const bits = createBits();
  let wanted = 0;
  for (;;) {
    const { entries } = await expectMessage(source, 'offer');
    if (entries.length === 0) break;
    const names = decodeEntries(entries);
    if (names === undefined)
      throw new CacheError('PROTOCOL', 'The other side offers objects whose names make no sense');
    if (bits.length + names.length > MAX_OFFERED) {
      throw new CacheError('TOO_LARGE', `More than ${MAX_OFFERED} objects were offered; no push has so many`);
    }
    for (const isWanted of await wantedOf(names, places)) {
      bits.push(isWanted);
      if (isWanted) wanted += 1;
    }
  }
  const bytes = bits.bytes();
  for (let at = 0; at < bytes.length; at += MAX_BODY_BYTES) {
    await send(encodeMessage({ type: 'want', bits: bytes.subarray(at, at + MAX_BODY_BYTES) }));
  }
  await send(encodeMessage({ type: 'want', bits: Buffer.alloc(0) }));
  return { offered: bits.length, wanted };
}

/** For each object whether it is wanted; what is here already is kept from being pruned. */
export async function wantedOf(
  names: readonly ObjectName[],
  { staging, room }: NegotiatePlaces,
): Promise<boolean[]> {
  const missing = new Set(await staging.missingOf(names));
  for (const name of names) if (!missing.has(name)) room.note(name, 0);
  return names.map((name) => missing.has(name));
}

/** A row of bits, the lowest of each byte first. */
export function createBits() {
  let memory = Buffer.alloc(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(bit: boolean) {
      const at = length >> 3;
      if (at === memory.length) memory = Buffer.concat([memory], memory.length * 2);
      if (bit) memory[at] = (memory[at] ?? 0) | (1 << (length & 7));
      length += 1;
    },
    bytes: () => memory.subarray(0, Math.ceil(length / 8)),
  };
}
