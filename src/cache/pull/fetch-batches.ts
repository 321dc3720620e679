import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import { withRetries } from '../retrying.ts';
import { BATCH_PATH, type Frame, MAX_BATCH_OBJECTS } from '../wire/batch.ts';
import { encodeEntries } from '../wire/entries.ts';
import { claimedTogether } from './claims.ts';
import type { Fetching } from './fetch-context.ts';
import { takeObject, WHOLE_BYTES } from './fetch-object.ts';
import { forEachInParallel } from './in-parallel.ts';
import { readFrames } from './read-frames.ts';

/** What is fetched, and how large it is if that is known. */
export type Wanted = Frame;

/**
 * Fetches objects many at a time from a server of ours. False where the server answers no such questions: what is not here
 * then is to be fetched one by one. Throws as `fetchObject`.
 */
export async function fetchBatches(fetching: Fetching, wanted: readonly Wanted[]): Promise<boolean> {
  let isAnswered = true;
  await forEachInParallel(fetching.connections, planBatches(wanted, fetching.connections), async (batch) => {
    if (isAnswered && !(await fetchBatch(fetching, batch))) isAnswered = false;
  });
  return isAnswered;
}

const LEAST_BYTES = 512 * 1024;
const MOST_BYTES = 4 * 1024 * 1024; // what a cut costs at most beside what is half written

/** In the order given: as large as leaves something for every connection. A size that nobody knows counts as none. */
export function planBatches(wanted: readonly Wanted[], connections: number): (readonly Wanted[])[] {
  const allBytes = wanted.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const maxBytes = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, allBytes / connections));
  const batches: Wanted[][] = [];
  let bytes = 0;
  for (const each of wanted) {
    const last = batches.at(-1);
    bytes += each.sizeBytes ?? 0;
    if (last !== undefined && last.length < MAX_BATCH_OBJECTS && bytes <= maxBytes) {
      last.push(each);
    } else {
      batches.push([each]);
      bytes = each.sizeBytes ?? 0;
    }
  }
  return batches;
}

async function fetchBatch(fetching: Fetching, batch: readonly Wanted[]): Promise<boolean> {
  let isAnswered = true;
  const names = batch.map(({ name }) => name);
  await claimedTogether(fetching, names, async (own) => {
    isAnswered = await ask(fetching, own);
    return isAnswered;
  });
  return isAnswered;
}

async function ask(fetching: Fetching, names: readonly ObjectName[]): Promise<boolean> {
  const left = new Map(names.map((name) => [objectFileName(name), name]));
  if (left.size === 0) return true;
  return await withRetries(fetching, async (progress) => {
    const { files, signal } = fetching;
    const asked = [...left.values()];
    await using body = await files.open(BATCH_PATH, { signal, body: encodeEntries(asked) });
    if (body === undefined) return false;
    const from = `${files.name} (${asked.length} objects)`;
    for await (const { name, came } of readFrames(body, { asked, from, wholeBytes: WHOLE_BYTES })) {
      await takeObject(fetching, name, came);
      left.delete(objectFileName(name));
      progress();
    }
    return true;
  });
}
