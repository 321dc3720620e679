// What the sizes decide is measured by bench/download.ts: 64 KiB pieces take twice the CPU per GiB of 512 KiB pieces, which
// take no more than 1 MiB pieces do.
const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES = 512 * 1024;
const LARGE_COUNT = 64; // 32 MiB for the whole process: 32 transfers at full speed

/**
 * How much has to be read with small memory first. More than the 4 MiB that Linux takes off a program for a reader that reads
 * nothing: those who stall from the beginning keep no large memory from those who do read.
 */
const PROVEN_BYTES = 8 * 1024 * 1024;

// Shared by all readers of the process, since what it bounds is the memory of the process.
const idleLarge: Buffer[] = [];
let madeLarge = 0;

function takeLarge(): Buffer | undefined {
  const memory = idleLarge.pop();
  if (memory !== undefined || madeLarge === LARGE_COUNT) return memory;
  madeLarge += 1;
  return Buffer.allocUnsafeSlow(LARGE_BYTES);
}

/** Memory to read the next chunk of a file into, where `leftBytes` are left to read: little for a start. */
export const takeMemory = (leftBytes: number): Buffer =>
  Buffer.allocUnsafeSlow(Math.min(SMALL_BYTES, leftBytes));

/** The same memory, or larger one for a reader that has shown that it goes on, while there is some. */
export function growMemory(memory: Buffer, readBytes: number, leftBytes: number): Buffer {
  if (memory.length === LARGE_BYTES || readBytes < PROVEN_BYTES || leftBytes < LARGE_BYTES) return memory;
  return takeLarge() ?? memory;
}

/** Nobody reads into the memory, or out of it, any more. */
export function giveMemoryBack(memory: Buffer): void {
  if (memory.length === LARGE_BYTES) idleLarge.push(memory);
}
