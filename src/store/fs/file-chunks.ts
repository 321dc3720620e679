import type { FileHandle } from 'node:fs/promises';
import { StoreError } from '../error.ts';
import type { ByteRange } from '../store.ts';
import { giveMemoryBack, growMemory, takeMemory } from './chunk-memory.ts';

/**
 * The bytes of a range of an open file, in borrowed chunks: while one is written out the next one is read into other
 * memory. Iterate it once, and to its end or with `return()`. The handle stays open, and must until then. Throws
 * `TRUNCATED` where the file ends before the range does, `UNAVAILABLE` where it cannot be read, and `signal.reason`.
 */
export async function* fileChunks(
  file: FileHandle,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let position = range.start;
  let reading = startReading(file, position, range);
  let lent: Buffer | undefined;
  try {
    while (reading !== undefined) {
      signal?.throwIfAborted();
      const { memory, size } = await reading.done;
      position += size;
      // The reader came back for more: what it was lent before is free.
      const free = lent;
      lent = memory;
      reading = startReading(file, position, range, free);
      signal?.throwIfAborted();
      yield memory.subarray(0, size);
    }
  } finally {
    await endReading(reading);
    if (lent !== undefined) giveMemoryBack(lent);
  }
}

interface Reading {
  readonly memory: Buffer;
  readonly done: Promise<{ readonly memory: Buffer; readonly size: number }>;
}

function startReading(
  file: FileHandle,
  position: number,
  range: ByteRange,
  free?: Buffer,
): Reading | undefined {
  const leftBytes = range.end - position;
  if (leftBytes <= 0) {
    if (free !== undefined) giveMemoryBack(free);
    return undefined;
  }
  const memory =
    free === undefined ? takeMemory(leftBytes) : growMemory(free, position - range.start, leftBytes);
  const done = readAt(file, memory, position, leftBytes);
  done.catch(() => {}); // told when the chunk is asked for, which may be never
  return { memory, done };
}

async function readAt(
  file: FileHandle,
  memory: Buffer,
  position: number,
  leftBytes: number,
): Promise<{ memory: Buffer; size: number }> {
  const length = Math.min(memory.length, leftBytes);
  const { bytesRead } = await file.read(memory, 0, length, position).catch((cause: unknown) => {
    throw new StoreError('UNAVAILABLE', `A file could not be read at byte ${position}: ${reasonOf(cause)}`, {
      cause,
    });
  });
  if (bytesRead > 0) return { memory, size: bytesRead };
  const message = `A file ended at byte ${position}, ${leftBytes} bytes before the end of what was to be read: it became shorter meanwhile`;
  throw new StoreError('TRUNCATED', message);
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** A read that goes on still writes into its memory: it is waited for. */
async function endReading(reading: Reading | undefined): Promise<void> {
  if (reading === undefined) return;
  await reading.done.catch(() => {});
  giveMemoryBack(reading.memory);
}
