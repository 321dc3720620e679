import { posix } from 'node:path';
import { readTar, type TarEntry } from '../../archive/index.ts';
import type { TaskContext } from '../task/task-context.ts';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What is at a path of a container that has ended. */
export interface Found {
  /** Where it is after links were followed. */
  readonly path: string;
  readonly entry: TarEntry;
  /** What comes after it: of a folder, all that is in it. Read once, or let go of with `return()`. */
  readonly rest: AsyncGenerator<TarEntry, void, undefined>;
}

interface Place {
  readonly containerId: string;
  /** Absolute, without a trailing slash. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * Looks at a path of a container; `undefined` where nothing is there. Links are followed by asking the engine anew, which
 * resolves each in the container and never on the machine.
 */
export async function findInContainer(
  task: TaskContext,
  { containerId, path, signal }: Place,
): Promise<Found | undefined> {
  let at = path;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const tar = await task.engine.copyOut(containerId, at, { signal });
    if (tar === undefined) return undefined;
    const rest = readTar(tar);
    const first = await rest.next();
    if (first.done) return undefined;
    if (first.value.kind !== 'link') return { path: at, entry: first.value, rest };
    await rest.return();
    at = posix.resolve('/', posix.dirname(at), first.value.target);
  }
  return undefined;
}

/** One file of a container once more. Throws when it is no file any more. */
export async function openFile(
  task: TaskContext,
  place: Place,
): Promise<{ sizeBytes: number; content: AsyncIterable<Uint8Array> }> {
  const found = await findInContainer(task, place);
  if (found?.entry.kind === 'file') return { sizeBytes: found.entry.sizeBytes, content: contentOf(found) };
  await found?.rest.return();
  throw new Error(`${place.path} is no file any more`);
}

/** A file's bytes; the connection to the engine is closed after them. */
export async function* contentOf({ entry, rest }: Found): AsyncGenerator<Uint8Array, void> {
  try {
    yield* entry.content();
  } finally {
    await rest.return();
  }
}
