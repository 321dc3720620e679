import { Duplex } from 'node:stream';
import type { BinaryReader } from '@bufbuild/protobuf/wire';

/** What BuildKit reads and writes of one gRPC message: its `BytesMessage` with the bytes as field 1. */
export interface Messages {
  read(message: Uint8Array): Uint8Array;
  write(bytes: Uint8Array): Uint8Array;
}

/** Loaded only where builds have a tunnel. */
export async function loadMessages(): Promise<Messages> {
  const { BinaryReader: Reader, BinaryWriter } = await import('@bufbuild/protobuf/wire');
  return {
    read: (message) => readBytes(new Reader(message)),
    write: (bytes) => new BinaryWriter().tag(1, 2).bytes(bytes).finish(),
  };
}

function readBytes(reader: BinaryReader): Uint8Array {
  let bytes: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1 && wireType === 2) bytes = reader.bytes();
    else reader.skip(wireType);
  }
  return bytes;
}

const HEADER_BYTES = 5; // a byte that says whether it is compressed, and the length
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024; // what programs of gRPC take unless they are told otherwise
const SENT_BYTES = 32 * 1024; // as BuildKit does

/** A gRPC message on the wire. */
export function framed(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** The bytes of a gRPC call whose messages go both ways, as one connection; each side may end its half first. */
export class MessageStream extends Duplex {
  readonly #call: Duplex;
  readonly #messages: Messages;
  #held: Buffer = Buffer.alloc(0);

  constructor(call: Duplex, messages: Messages) {
    super({ allowHalfOpen: true });
    this.#call = call;
    this.#messages = messages;
    call.on('data', (bytes: Buffer) => this.#take(bytes));
    call.on('end', () => this.push(null));
    call.on('error', (error) => this.destroy(error));
    // What was read and not yet taken is still to be had after a call that ended well.
    call.on('close', () => {
      if (!call.readableEnded || !this.writableFinished) this.destroy();
    });
  }

  override _read(): void {
    this.#call.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (bytes.length === 0) {
      done();
      return;
    }
    for (let from = 0; from < bytes.length; from += SENT_BYTES) {
      const message = this.#messages.write(bytes.subarray(from, from + SENT_BYTES));
      const isLast = from + SENT_BYTES >= bytes.length;
      this.#call.write(framed(message), isLast ? done : undefined);
    }
  }

  override _final(done: () => void): void {
    this.#call.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#call.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (this.#held.length >= HEADER_BYTES) {
      const size = this.#held.readUInt32BE(1);
      if (size > MAX_MESSAGE_BYTES || this.#held[0] !== 0) {
        this.destroy(new Error('a message of BuildKit is too large, or compressed'));
        return;
      }
      if (this.#held.length < HEADER_BYTES + size) return;
      const message = this.#held.subarray(HEADER_BYTES, HEADER_BYTES + size);
      this.#held = this.#held.subarray(HEADER_BYTES + size);
      this.#give(message);
      if (this.destroyed) return;
    }
  }

  #give(message: Buffer): void {
    try {
      const read = this.#messages.read(message);
      if (read.length > 0 && !this.push(read)) this.#call.pause();
    } catch (error) {
      this.destroy(error as Error); // what the reader throws is an error
    }
  }
}
