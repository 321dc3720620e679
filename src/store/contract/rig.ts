import { afterAll, beforeAll, expect } from 'vitest';
import type { ObjectStore } from '../store.ts';

/** What the contract is run on. */
export interface StoreContractOptions {
  /**
   * Opens a store with nothing in it, once for each test, which disposes it. What belongs to it, a folder or a bucket, is
   * removed by whoever gives this.
   */
  readonly open: (options: { readonly now: () => number }) => Promise<ObjectStore>;
  /** How many shuffled orders of calls are tried. @defaultValue 15 */
  readonly shuffledRuns?: number;
}

/** A store for one test, and the clock that it looks at. */
export interface StoreRig extends AsyncDisposable {
  readonly store: ObjectStore;
  /** Milliseconds since the epoch; stands still until it is set. */
  readonly clock: { now: number };
}

export async function openRig(options: StoreContractOptions): Promise<StoreRig> {
  const clock = { now: Date.now() };
  const store = await options.open({ now: () => clock.now });
  return { store, clock, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

/** Fails the tests of the `describe` around the call where the process warns: leaked listeners and handles do. */
export function refuseWarnings(): void {
  const warnings: string[] = [];
  const note = (warning: Error): void => {
    warnings.push(String(warning.stack));
  };
  beforeAll(() => void process.on('warning', note));
  afterAll(() => {
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
}
