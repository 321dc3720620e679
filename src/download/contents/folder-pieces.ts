import type { FileHandle } from 'node:fs/promises';
import { type ByteRange, fileChunks, owned, StoreError } from '../../store/index.ts';
import { checkState, type FileState, openState } from './file-state.ts';
import type { OpenPieces } from './piece-reader.ts';
import { createSpanReader, type Opened } from './span-reader.ts';

// What is read of small files before it is their turn, so that the disk is not waited for between any two of them.
const AHEAD_BYTES = 256 * 1024;
const SMALL_BYTES = 64 * 1024;

/** Reads pieces of files on this machine's disk, each in the state that is known of it. */
export function openFilePieces(states: readonly (FileState | undefined)[]): OpenPieces {
  const stateOf = (source: number): FileState => {
    const state = states[source];
    if (state === undefined) throw new Error('What is no file has no content');
    return state;
  };
  return (upcoming, signal) =>
    createSpanReader({
      upcoming,
      placeOf: ({ entry, start, end }) => ({ source: entry, start, end }),
      open: (span) => openRange(stateOf(span.source), span, signal),
      aheadBytes: AHEAD_BYTES,
      endedEarly: ({ source }, at) =>
        new StoreError('TRUNCATED', `${stateOf(source).path} ended at byte ${at} while it was read`),
    });
}

/** A range of a file, which is closed with it; a small one is read by then. */
async function openRange(state: FileState, range: ByteRange, signal: AbortSignal): Promise<Opened> {
  const file = await openState(state);
  const opened: Opened = {
    [Symbol.asyncIterator]: () => unchanged(file, state, { range, signal }),
    [Symbol.asyncDispose]: () => file.close(),
  };
  return range.end - range.start > SMALL_BYTES ? opened : await inMemory(opened);
}

/** The same with nothing open. */
async function inMemory(opened: Opened): Promise<Opened> {
  await using closing = opened;
  const chunks: Buffer[] = [];
  for await (const chunk of owned(closing)) chunks.push(chunk);
  return {
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

interface Reading {
  readonly range: ByteRange;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a range of a file. Whether the file is still in the known state is asked once more before the last of them are
 * given: whoever has all of them has those of one state.
 */
export async function* unchanged(
  file: FileHandle,
  state: FileState,
  { range, signal }: Reading,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = range.start;
  for await (const chunk of fileChunks(file, range, signal)) {
    at += chunk.length;
    if (at >= range.end) await checkState(file, state);
    yield chunk;
  }
}
