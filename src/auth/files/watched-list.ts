import { stat } from 'node:fs/promises';
import { stateOf } from './read-private.ts';

/** What a list gave, and the state of each file that it came from. */
export interface ReadList<T> {
  readonly items: readonly T[];
  readonly files: ReadonlyMap<string, string>;
}

export interface WatchedListOptions {
  /** Told what is wrong with a file that was changed; what was read before stays. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds, of a clock that only goes forward. */
  readonly clock?: () => number;
}

/** A list that is read again when its files were changed. */
export interface WatchedList<T> {
  /** What counts now. Looking at it notices changes for the requests of the next second. */
  items(): readonly T[];
  /** Reads the files again if they were changed; for a signal, or where waiting for the next request is too long. */
  refresh(): Promise<void>;
}

/** How long a change may go unseen: the files are looked at when somebody calls, and not more often than that. */
const LOOK_EVERY_MS = 1000;

/** Reads a list now, and again whenever its files were changed. Throws what the first `read` throws. */
export async function watchList<T>(
  readFiles: () => Promise<ReadList<T>>,
  { onError, clock = () => performance.now() }: WatchedListOptions,
): Promise<WatchedList<T>> {
  let read = await readFiles();
  let refused: string | undefined;
  let lookedAt = clock();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const states = await currentStates([...read.files.keys()]);
    if (states === shown(read.files) || states === refused) return;
    try {
      read = await readFiles();
      refused = undefined;
    } catch (error) {
      refused = states; // said once for each change
      onError(error);
    }
  }
  const refresh = (): Promise<void> => {
    lookedAt = clock();
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  return {
    items() {
      if (clock() - lookedAt >= LOOK_EVERY_MS) refresh().catch(onError);
      return read.items;
    },
    refresh,
  };
}

const shown = (files: ReadonlyMap<string, string>): string =>
  [...files].map(([file, state]) => `${file} ${state}`).join('\n');

async function currentStates(files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      const stats = await stat(file).catch(() => undefined); // gone, which is a change
      return [file, stats === undefined ? 'gone' : stateOf(stats)] as const;
    }),
  );
  return shown(new Map(states));
}
