import { crc32 } from 'node:zlib';
import type { Weighed } from '../../kernel/index.ts';
import type { ContentCache } from './content-cache.ts';
import { type FileState, openState } from './file-state.ts';
import { unchanged } from './folder-pieces.ts';

const SUM_BYTES = 200; // a number under a text of 60 to 100 characters, in a Map

/**
 * The CRC-32 of a file in the state that is known, read once for as long as that lasts. Throws `CHANGED`, `TRUNCATED`,
 * `UNAVAILABLE`, and `signal.reason`.
 */
export async function fileChecksum(
  cache: ContentCache,
  state: FileState,
  signal?: AbortSignal,
): Promise<number> {
  if (state.sizeBytes === 0) return 0;
  return await cache.checksums.get(state.identity, (making) => readThrough(state, making), signal);
}

async function readThrough(state: FileState, signal: AbortSignal): Promise<Weighed<number>> {
  await using file = await openState(state);
  let sum = 0;
  const range = { start: 0, end: state.sizeBytes };
  for await (const chunk of unchanged(file, state, { range, signal })) sum = crc32(chunk, sum);
  return { value: sum, sizeBytes: SUM_BYTES, isPassing: state.isFresh };
}
