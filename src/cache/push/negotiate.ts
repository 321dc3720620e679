import { CacheError } from '../error.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { encodeEntries } from '../wire/entries.ts';
import { type Link, nextMessage, unexpected } from './link.ts';

const OFFERED_AT_ONCE = 1985; // entries of 33 bytes in the 65,535 of a message

/** Tells a Slipway receiver what there is, and returns what of it the receiver has not. */
export async function negotiate(link: Link, names: readonly ObjectName[]): Promise<ObjectName[]> {
  for (let from = 0; from < names.length; from += OFFERED_AT_ONCE) {
    await offer(link, encodeEntries(names.slice(from, from + OFFERED_AT_ONCE)));
  }
  await offer(link, Buffer.alloc(0));
  const bits = await wantedBits(link, Math.ceil(names.length / 8));
  return names.filter((_, index) => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1);
}

async function offer({ out }: Link, entries: Uint8Array): Promise<void> {
  const frame = encodeMessage({ type: 'offer', entries });
  const memory = await out.memory();
  memory.set(frame);
  out.send(memory, frame.length);
}

async function wantedBits(link: Link, expectedBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const message = await nextMessage(link, link.limits.answerMs);
    if (message.type !== 'want') throw unexpected(message, 'want');
    if (message.bits.length === 0) break;
    bytes += message.bits.length;
    if (bytes > expectedBytes) {
      throw new CacheError('PROTOCOL', 'the receiver wants more objects than it was offered');
    }
    pieces.push(Buffer.from(message.bits));
  }
  if (bytes === expectedBytes) return Buffer.concat(pieces);
  throw new CacheError('PROTOCOL', `the receiver answered for ${bytes * 8} of ${expectedBytes * 8} objects`);
}
