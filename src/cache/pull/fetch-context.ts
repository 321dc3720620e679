import type { Staging } from '../repository/repository.ts';
import type { Asking } from './read-whole.ts';

/** How far a pull is. */
export interface PullProgress {
  readonly doneObjects: number;
  /** As far as it is known by now: it grows while directories are read. */
  readonly totalObjects: number;
  readonly doneBytes: number;
  /** Of what is fetched, as it is stored. Absent: nobody knows before the end. */
  readonly totalBytes?: number;
}

/** What all the fetching of one pull has in common. */
export interface Fetching extends Asking {
  readonly staging: Staging;
  /** How many connections are used at a time at most. */
  readonly connections: number;
  /** The largest object that is taken. */
  readonly maxObjectBytes: number;
  /** By the name of its file: what another artifact of this pull is fetching already. */
  readonly inFlight: Map<string, Promise<void>>;
  readonly progress: ProgressCount;
}

/** Counts what is fetched, and tells of it. */
export interface ProgressCount {
  readonly now: PullProgress;
  /** More is to be fetched. `bytes` absent: nobody knows how much. */
  expect(objects: number, bytes?: number): void;
  bytes(count: number): void;
  object(): void;
}

export function countProgress(onProgress: (progress: PullProgress) => void): ProgressCount {
  let now: PullProgress = { doneObjects: 0, totalObjects: 0, doneBytes: 0, totalBytes: 0 };
  const set = (changed: PullProgress): void => {
    now = changed;
    onProgress(now);
  };
  return {
    get now() {
      return now;
    },
    expect(objects, bytes) {
      const { totalBytes: known, ...rest } = now;
      const totalBytes = known === undefined || bytes === undefined ? {} : { totalBytes: known + bytes };
      set({ ...rest, totalObjects: now.totalObjects + objects, ...totalBytes });
    },
    bytes: (count) => set({ ...now, doneBytes: now.doneBytes + count }),
    object: () => set({ ...now, doneObjects: now.doneObjects + 1 }),
  };
}
