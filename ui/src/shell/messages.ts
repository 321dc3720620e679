/** The first byte of each message of a shell's web socket (docs/contracts/features.md). */
export const MESSAGE = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  resize: 50,
  resume: 100,
  pause: 101,
  end: 102,
  stopped: 200,
  shutdown: 201,
  error: 202,
} as const;

/** What came from the worker. */
export type ShellMessage =
  | { readonly type: 'output'; readonly bytes: Uint8Array }
  | { readonly type: 'pause' | 'resume' | 'shutdown' }
  | { readonly type: 'stopped'; readonly exitCode: number }
  | { readonly type: 'error'; readonly message: string };

const MAX_REASON = 1000;

/** Reads a message; `undefined`: a later worker may know more, and this client does not. */
export function readMessage(data: ArrayBuffer): ShellMessage | undefined {
  const bytes = new Uint8Array(data);
  const rest = bytes.subarray(1);
  switch (bytes[0]) {
    case MESSAGE.stdout:
    case MESSAGE.stderr:
      return { type: 'output', bytes: rest };
    case MESSAGE.pause:
      return { type: 'pause' };
    case MESSAGE.resume:
      return { type: 'resume' };
    case MESSAGE.shutdown:
      return { type: 'shutdown' };
    case MESSAGE.stopped:
      return { type: 'stopped', exitCode: rest[0] ?? 0 };
    case MESSAGE.error:
      return { type: 'error', message: new TextDecoder().decode(rest.subarray(0, MAX_REASON)) };
    default:
      return undefined;
  }
}

const encoder = new TextEncoder();
/** A message has at most a mebibyte; a paste is sent in pieces. */
const PIECE_BYTES = 256 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

const message = (code: number, payload: Uint8Array = new Uint8Array()): Bytes => {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = code;
  bytes.set(payload, 1);
  return bytes;
};

/** What somebody typed or pasted. */
export function typed(text: string): readonly Bytes[] {
  const bytes = encoder.encode(text);
  const pieces: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    pieces.push(message(MESSAGE.stdin, bytes.subarray(at, at + PIECE_BYTES)));
  return pieces;
}

/** What a terminal sends that are no characters: reports of a mouse in the old form, one byte each. */
export const typedBytes = (binary: string): Bytes =>
  message(
    MESSAGE.stdin,
    Uint8Array.from(binary, (character) => character.charCodeAt(0) & 0xff),
  );

/** How large the terminal is. */
export function resized({ rows, columns }: { readonly rows: number; readonly columns: number }): Bytes {
  const size = new DataView(new ArrayBuffer(4));
  size.setUint16(0, clamped(rows), true);
  size.setUint16(2, clamped(columns), true);
  return message(MESSAGE.resize, new Uint8Array(size.buffer));
}

const clamped = (count: number): number => Math.min(Math.max(Math.trunc(count), 1), 0xffff);

/** The other side is to wait, or may go on. */
export const pausing = (isPaused: boolean): Bytes => message(isPaused ? MESSAGE.pause : MESSAGE.resume);
