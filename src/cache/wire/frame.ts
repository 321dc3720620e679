import { CacheError } from '../error.ts';
import type { ByteOrder } from '../ostree/gvariant/index.ts';

/** Letter of the byte order, version, type, u16 of the body's length. */
export const MESSAGE_HEADER_BYTES = 5;

/** What the length field can say. */
export const MAX_BODY_BYTES = 0xffff;

const VERSION = 1;
const LETTERS = { le: 'l', be: 'B' } as const satisfies Record<ByteOrder, string>;

export interface FrameHeader {
  /** Of the numbers in header and body; each side has its own. */
  readonly order: ByteOrder;
  readonly type: number;
  readonly bodyBytes: number;
}

/** Header and body of one message. Throws `TOO_LARGE` for a body that no header can announce. */
export function encodeFrame(type: number, body: Uint8Array, order: ByteOrder = 'le'): Buffer {
  if (body.length > MAX_BODY_BYTES) {
    throw new CacheError(
      'TOO_LARGE',
      `A message of ${body.length} bytes cannot be sent: ${MAX_BODY_BYTES} are the most that the protocol can announce`,
    );
  }
  const frame = Buffer.allocUnsafe(MESSAGE_HEADER_BYTES + body.length);
  frame.write(LETTERS[order], 0, 'latin1');
  frame[1] = VERSION;
  frame[2] = type;
  if (order === 'le') frame.writeUInt16LE(body.length, 3);
  else frame.writeUInt16BE(body.length, 3);
  frame.set(body, MESSAGE_HEADER_BYTES);
  return frame;
}

/** Reads the five bytes before a body. Throws `PROTOCOL`. */
export function decodeFrameHeader(bytes: Buffer): FrameHeader {
  const letter = bytes.toString('latin1', 0, 1);
  const order = letter === LETTERS.le ? 'le' : letter === LETTERS.be ? 'be' : undefined;
  if (order === undefined) {
    throw new CacheError(
      'PROTOCOL',
      `The other side does not speak the protocol of pushes: a message starts with the byte ${bytes[0]}, not with "l" or "B"`,
      // By far the most frequent reason, which nobody guesses.
      {
        hint: 'nothing but the receiver may print there: look at what the shell of that account prints when it starts',
      },
    );
  }
  if (bytes[1] !== VERSION) {
    throw new CacheError(
      'PROTOCOL',
      `The other side speaks version ${bytes[1]} of the protocol of pushes; this is version ${VERSION}`,
    );
  }
  const bodyBytes = order === 'le' ? bytes.readUInt16LE(3) : bytes.readUInt16BE(3);
  return { order, type: bytes[2] ?? 0, bodyBytes };
}
