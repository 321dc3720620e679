import type { Writable } from 'node:stream';
import { formatDuration } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';

/** Bytes on their way to the other side. What was written and is not gone yet is bounded by the memory that is lent. */
export interface Outgoing {
  /** A piece of memory to fill, as soon as one is free. Throws where the other side takes nothing more. */
  memory(): Promise<Buffer>;
  /** Sends the beginning of a lent piece, which then comes back. */
  send(memory: Buffer, usedBytes: number): void;
  /** Sends bytes of the caller's own, which stay as they are. */
  write(bytes: Uint8Array): void;
  /** Nothing more follows. */
  end(): void;
}

export interface OutgoingOptions {
  /** How long the other side may take nothing at all. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

/** Each piece costs a turn of the loop, a system call or two, and ssh takes no more than this at a time. */
export const PIECE_BYTES = 512 * 1024;
const PIECES = 8; // 4 MiB: enough that ssh always has something while files are read

/** The connection ended while there was more to send; how it ended says why. */
export class ConnectionClosed extends Error {
  constructor() {
    super('the connection ended');
    this.name = 'ConnectionClosed';
  }
}

export function createOutgoing(stream: Writable, { stallMs, signal }: OutgoingOptions): Outgoing {
  const free: Buffer[] = [];
  let made = 0;
  let waiting: ((piece: Buffer) => void) | undefined;
  const giveBack = (piece: Buffer): void => {
    const taker = waiting;
    waiting = undefined;
    if (taker === undefined) free.push(piece);
    else taker(piece);
  };
  const nextFree = async (): Promise<Buffer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const closed = (): void => reject(new ConnectionClosed());
    const aborted = (): void => reject(signal.reason);
    const stalled = setTimeout(() => reject(stall(stallMs)), stallMs);
    waiting = resolve;
    stream.once('close', closed);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      return await promise;
    } finally {
      waiting = undefined;
      clearTimeout(stalled);
      stream.off('close', closed);
      signal.removeEventListener('abort', aborted);
    }
  };
  return {
    async memory() {
      signal.throwIfAborted();
      if (stream.destroyed || stream.errored !== null) throw new ConnectionClosed();
      const piece = free.pop();
      if (piece !== undefined) return piece;
      if (made === PIECES) return await nextFree();
      made += 1;
      return Buffer.allocUnsafeSlow(PIECE_BYTES);
    },
    send(memory, usedBytes) {
      stream.write(memory.subarray(0, usedBytes), (error) => {
        if (!error) giveBack(memory);
      });
    },
    write: (bytes) => void stream.write(bytes),
    end: () => void stream.end(),
  };
}

function stall(stallMs: number): CacheError {
  return new CacheError('UNAVAILABLE', `the other side has taken nothing for ${formatDuration(stallMs)}`);
}
