import type { ByteSource } from '../wire/byte-source.ts';
import { MESSAGE_HEADER_BYTES } from '../wire/frame.ts';

/** How long a client that was refused may take to go. One that does not is left all the same. */
const FAREWELL_MS = 5000;

/**
 * Lets a client that was refused go first: who closes a connection in which bytes are unread may take its own last words
 * back. One that has sent no objects says `done`, and waits for our end then; one that sends them stops and goes.
 */
export async function sayGoodbye(source: ByteSource, until: 'done' | 'end'): Promise<void> {
  const leaveAt = performance.now() + FAREWELL_MS;
  for (let taken = 0; until === 'end' || taken < MESSAGE_HEADER_BYTES; ) {
    const leftMs = leaveAt - performance.now();
    if (leftMs <= 0 || (await source.wait(leftMs)) !== 'bytes') return;
    taken += source.take(source.available).length;
  }
}
