import { ByteGate, ByteLru, type Weighed } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { walkCommit } from '../ostree/index.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import type { Repository } from '../repository/repository.ts';
import { encodeFrames, type Frame } from '../wire/batch.ts';

/** What commits need, as `encodeFrames` has it. */
export interface Closures {
  /** `undefined` where the commit is not there, is not whole, or needs more than is told in one answer. */
  get(commit: string, signal: AbortSignal): Promise<Buffer | undefined>;
}

export interface ClosuresOptions {
  /** What may be remembered. */
  readonly maxBytes: number;
  /** How many objects are told in one answer. */
  readonly maxObjects: number;
}

// Each reads many small files: two at a time, so that whoever asks for many of them does not have the whole machine.
const AT_A_TIME = 2;
// How large objects are is asked for as many at a time.
const SIZES_AT_A_TIME = 64;
// What is remembered of a commit that has no closure to tell, and of any other beside its bytes.
const LEAST_BYTES = 200;

/** Makes what a commit needs once for all who ask for it, and remembers it: it never changes. */
export function createClosures(repository: Repository, { maxBytes, maxObjects }: ClosuresOptions): Closures {
  const remembered = new ByteLru<Buffer | undefined>(maxBytes);
  const gate = new ByteGate(AT_A_TIME);
  const make = async (commit: string, signal: AbortSignal): Promise<Weighed<Buffer | undefined>> => {
    using _turn = await gate.hold(1, signal);
    try {
      const frames = await framesOf(repository, commit, { maxObjects, signal });
      // What is not whole may be whole in a moment.
      if (frames === undefined) return { value: undefined, sizeBytes: 0, isPassing: true };
      const value = encodeFrames(frames);
      return { value, sizeBytes: value.length + LEAST_BYTES };
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      if (error.code === 'MISSING_OBJECT') return { value: undefined, sizeBytes: 0, isPassing: true };
      if (error.code === 'TOO_LARGE') return { value: undefined, sizeBytes: LEAST_BYTES };
      throw error;
    }
  };
  return {
    async get(commit, signal) {
      // What was pruned meanwhile is not to be told of.
      if ((await repository.sizeOf({ id: commit, kind: 'commit' })) === undefined) return undefined;
      return await remembered.get(commit, (alive) => make(commit, alive), signal);
    },
  };
}

/** `undefined` where an object is not there. */
async function framesOf(
  repository: Repository,
  commit: string,
  { maxObjects, signal }: { readonly maxObjects: number; readonly signal: AbortSignal },
): Promise<Frame[] | undefined> {
  const frames: Frame[] = [];
  let waiting: ObjectName[] = [];
  const measure = async (): Promise<boolean> => {
    signal.throwIfAborted();
    const names = waiting;
    waiting = [];
    const sizes = await Promise.all(names.map((name) => repository.sizeOf(name)));
    for (const [at, name] of names.entries()) {
      const sizeBytes = sizes[at];
      if (sizeBytes === undefined) return false;
      frames.push({ name, sizeBytes });
    }
    return true;
  };
  for await (const name of walkCommit(repository, [commit], { maxObjects })) {
    waiting.push(name);
    if (waiting.length >= SIZES_AT_A_TIME && !(await measure())) return undefined;
  }
  return (await measure()) ? frames : undefined;
}
