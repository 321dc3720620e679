import { Worker } from 'node:worker_threads';
import type { FileDigest, FileDigests } from './digest-files.ts';

const SLOT_BYTES = 512 * 1024;
const SLOTS = 16;

export interface HashThread extends FileDigests {
  /** Whether it has started: before that it only takes what there is room for. */
  isRunning(): boolean;
}

/** Some bytes in the shared memory, and where in it files end. */
interface Work {
  readonly start: number;
  readonly end: number;
  readonly fileEnds: readonly number[];
}

/** What the thread runs. Its text is given to the thread: it knows nothing but what is in it. */
function hashInThread(): void {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { crc32 } = process.getBuiltinModule('node:zlib');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const memory = new Uint8Array(workerData as SharedArrayBuffer); // what the other side gives
  let hash = createHash('sha256');
  let sum = 0;
  parentPort?.on('message', ({ start, end, fileEnds }: Work) => {
    const digests: FileDigest[] = [];
    let at = start;
    const takeUpTo = (place: number): void => {
      const bytes = memory.subarray(at, place);
      hash.update(bytes);
      sum = crc32(bytes, sum);
      at = place;
    };
    for (const fileEnd of fileEnds) {
      takeUpTo(fileEnd);
      digests.push({ sha256: hash.digest('hex'), crc32: sum });
      hash = createHash('sha256');
      sum = 0;
    }
    takeUpTo(end);
    parentPort.postMessage(digests);
  });
}

/** Hashes in a thread, from a few pieces of memory that are filled here while others are hashed there. */
export function startHashThread(): HashThread {
  const shared = new SharedArrayBuffer(SLOT_BYTES * SLOTS);
  const memory = new Uint8Array(shared);
  const worker = new Worker(`(${hashInThread})()`, { eval: true, workerData: shared });
  const digests: FileDigest[] = [];
  let fileEnds: number[] = [];
  let files = 0;
  let slot = 0;
  let used = 0;
  let waiting = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  worker.on('message', (more: FileDigest[]) => {
    digests.push(...more);
    waiting -= 1;
    wake?.();
  });
  let running = false;
  worker.on('online', () => {
    running = true;
  });
  worker.on('error', (error: Error) => {
    failure = error;
    wake?.();
  });
  const until = async (atMost: number): Promise<void> => {
    while (waiting > atMost && failure === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failure !== undefined) throw failure;
  };
  const send = (): void => {
    const start = slot * SLOT_BYTES;
    worker.postMessage({ start, end: start + used, fileEnds } satisfies Work);
    waiting += 1;
    slot = (slot + 1) % SLOTS;
    used = 0;
    fileEnds = [];
  };
  const addSlowly = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      if (used === SLOT_BYTES) {
        send();
        await until(SLOTS - 1); // they come back in the order in which they went
      }
      const piece = bytes.subarray(at, at + SLOT_BYTES - used);
      memory.set(piece, slot * SLOT_BYTES + used);
      used += piece.length;
      at += piece.length;
    }
  };
  return {
    isRunning: () => running,
    add(bytes) {
      if (used + bytes.length > SLOT_BYTES) return addSlowly(bytes);
      memory.set(bytes, slot * SLOT_BYTES + used);
      used += bytes.length;
      return undefined;
    },
    end() {
      fileEnds.push(slot * SLOT_BYTES + used);
      files += 1;
      return files - 1;
    },
    async finish() {
      send();
      await until(0);
      return digests;
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
