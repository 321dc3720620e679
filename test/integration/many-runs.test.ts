import { beforeAll, describe, expect, it } from 'vitest';
import { openRunCatalog } from '../../src/artifacts/index.ts';
import { runRecord } from '../../src/artifacts/testing/run-record.ts';
import { selectRuns } from '../../src/cli/kept/select-runs.ts';
import type { ObjectStore } from '../../src/store/index.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';

const COUNT = 2000;
const START = Date.now() - COUNT * 60_000;

/** Every tenth has an id of somebody's own; the others have the seconds in theirs. */
const idOf = (index: number): string =>
  index % 10 === 0
    ? `ci-${(index * 7919) % COUNT}-${index}`
    : `${Math.floor((START + index * 60_000) / 1000).toString(16)}${index.toString(16).padStart(16, '0')}`;

/** Counts the objects that are opened, each of which is a record that is read. */
function counting(store: ObjectStore): { readonly store: ObjectStore; opened(): number } {
  let opened = 0;
  const counted: ObjectStore = {
    ...store,
    open: (key, options) => {
      opened += 1;
      return store.open(key, options);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return { store: counted, opened: () => opened };
}

describe('with two thousand runs', () => {
  let now = START;
  // Its clock goes with the runs: where an id says nothing, a run is as new as its record.
  const store = openMemoryStore({ now: () => now });

  beforeAll(async () => {
    for (let index = 0; index < COUNT; index += 1) {
      now = START + index * 60_000;
      const fields = {
        startedAt: now,
        finishedAt: now,
        result: index % 100 === 3 ? 'failed' : 'passed',
      } as const;
      await openRunCatalog(store).write(runRecord({ runId: idOf(index), ...fields }));
    }
  });

  it('the newest twenty are listed by reading twenty records, whatever their ids are', async () => {
    const counted = counting(store);
    const { runs } = await selectRuns(counted.store, { limit: 20 });
    expect(runs.map(({ runId }) => runId)).toEqual(Array.from({ length: 20 }, (_, i) => idOf(COUNT - 1 - i)));
    expect(counted.opened()).toBe(20);
  });

  it('those of the last hour are found without reading the older ones', async () => {
    const counted = counting(store);
    const since = START + (COUNT - 60) * 60_000;
    const { runs } = await selectRuns(counted.store, { limit: 1000, since });
    expect(runs).toHaveLength(60);
    expect(counted.opened()).toBeLessThanOrEqual(200);
  });

  it('all of them are listed once, page by page', async () => {
    const catalog = openRunCatalog(store);
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await catalog.list({ limit: 300, ...(after !== undefined && { after }) });
      ids.push(...page.runs.map(({ runId }) => runId));
      after = page.next;
    } while (after !== undefined);
    expect(ids).toHaveLength(COUNT);
    expect(new Set(ids).size).toBe(COUNT);
  });

  it('a filter reads on until there are enough', async () => {
    const counted = counting(store);
    const { runs } = await selectRuns(counted.store, { limit: 3, result: 'failed' });
    expect(runs.map(({ runId }) => runId)).toEqual([1903, 1803, 1703].map(idOf));
    expect(counted.opened()).toBeLessThanOrEqual(400);
  });
});
