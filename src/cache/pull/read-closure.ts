import { CacheError } from '../error.ts';
import { CLOSURE_PATH, decodeFrames, FRAME_HEADER_BYTES, type Frame } from '../wire/batch.ts';
import { type Asking, readWhole } from './read-whole.ts';

const MAX_CLOSURE_BYTES = 2_000_000 * FRAME_HEADER_BYTES; // an artifact of more files is fetched without a list

/**
 * What a server of ours says that a commit needs: a plan, and nothing that is believed. `undefined` where it has no such
 * answer. Throws `CacheError`.
 */
export async function readClosure(asking: Asking, commit: string): Promise<readonly Frame[] | undefined> {
  if (!asking.files.isSlipway) return undefined;
  const path = CLOSURE_PATH + commit;
  const bytes = await readWhole(asking, path, { maxBytes: MAX_CLOSURE_BYTES }).catch((error: unknown) => {
    if (error instanceof CacheError && error.code === 'TOO_LARGE') return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const frames = decodeFrames(bytes);
  const [first] = frames ?? [];
  if (frames !== undefined && first?.name.kind === 'commit' && first.name.id === commit) return frames;
  throw new CacheError(
    'PROTOCOL',
    `${asking.files.name}: what it says of the objects of ${commit} is no such list`,
  );
}
