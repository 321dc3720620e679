/** Pieces of memory of one size, made when they are needed and then used again. */
interface Pool {
  readonly pieceBytes: number;
  /** `undefined`: all of them are in use. */
  take(): Buffer | undefined;
  give(piece: Buffer): void;
}

function createPool(pieceBytes: number, count: number): Pool {
  const idle: Buffer[] = [];
  let made = 0;
  return {
    pieceBytes,
    take() {
      const piece = idle.pop();
      if (piece !== undefined || made === count) return piece;
      made += 1;
      return Buffer.allocUnsafeSlow(pieceBytes);
    },
    give: (piece) => void idle.push(piece),
  };
}

// What the sizes decide is measured by bench/download.ts: 64 KiB pieces take twice the CPU per GiB of 512 KiB pieces, which
// take no more than 1 MiB pieces do. The pools are shared by all readers, since what they bound is the memory of the
// process: 64 MiB and 32 KiB for each reader, two pieces of it at a time.
const LARGE = createPool(512 * 1024, 64); // 32 MiB: 32 readers at full speed
const SMALL = createPool(64 * 1024, 512); // 32 MiB: 256 readers
const TINY_BYTES = 16 * 1024; // for thousands of readers

/**
 * How much has to be read with small memory first. More than the 4 MiB that Linux takes off a program for a reader that reads
 * nothing: those who stall from the beginning keep no large memory from those who do read.
 */
const PROVEN_BYTES = 8 * 1024 * 1024;

/** Memory to read the first chunks of a file into, where `leftBytes` are left to read: little for a start. */
export function takeMemory(leftBytes: number): Buffer {
  if (leftBytes <= TINY_BYTES) return Buffer.allocUnsafeSlow(leftBytes);
  return SMALL.take() ?? Buffer.allocUnsafeSlow(TINY_BYTES);
}

/** The same memory, or larger one while there is some: large one for a reader that has shown that it goes on. */
export function growMemory(memory: Buffer, readBytes: number, leftBytes: number): Buffer {
  if (readBytes >= PROVEN_BYTES && grows(memory, LARGE, leftBytes)) return swap(memory, LARGE);
  return grows(memory, SMALL, leftBytes) ? swap(memory, SMALL) : memory;
}

const grows = (memory: Buffer, { pieceBytes }: Pool, leftBytes: number): boolean =>
  memory.length < pieceBytes && leftBytes >= pieceBytes;

function swap(memory: Buffer, pool: Pool): Buffer {
  const larger = pool.take();
  if (larger === undefined) return memory;
  giveMemoryBack(memory);
  return larger;
}

/** Nobody reads into the memory, or out of it, any more. */
export function giveMemoryBack(memory: Buffer): void {
  for (const pool of [LARGE, SMALL]) if (memory.length === pool.pieceBytes) pool.give(memory);
}
