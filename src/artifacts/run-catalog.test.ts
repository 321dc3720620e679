import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { currentOwner } from '../kernel/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import {
  openRunCatalog,
  type Removal,
  type RunRecord,
  removeRuns,
  stepArtifactKey,
  storeArtifact,
} from './index.ts';
import { borrowed } from './testing/borrowed.ts';
import { craftTar } from './testing/crafted-tar.ts';
import { openFaultyStore } from './testing/faulty-store.ts';
import { recordedArtifact, runRecord } from './testing/run-record.ts';

const TAR = craftTar({ name: 'o/a' });

const exampleRun = (runId: string, fields: Partial<RunRecord> = {}): RunRecord =>
  runRecord({ runId, ...fields });

/** An id as runs have it, of so many seconds after 2023. */
const idAt = (seconds: number): string => `${(1_700_000_000 + seconds).toString(16)}${'a'.repeat(16)}`;

const text = (value: string): AsyncIterable<Uint8Array> => borrowed(Buffer.from(value), 100);

describe('the catalog of runs', () => {
  it('gives back what was written, the last time', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    const run = exampleRun('r1', {
      git: { branch: 'main' },
      message: 'no',
      result: 'failed',
      steps: [{ safeId: 's', displayName: 'S', phase: 'main', result: 'failed', durationMs: 1.5 }],
    });
    await catalog.write(exampleRun('r1'));
    await catalog.write(run);
    expect(await catalog.get('r1')).toEqual(run);
    expect(await catalog.get('r2')).toBeUndefined();
    expect(await catalog.get('../r1')).toBeUndefined();
  });

  it('shows a run as lost whose process is gone, and no other', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    const dead = { host: hostname(), process: 'another-boot.1.1.1' };
    const { finishedAt: _, ...running } = exampleRun('x', { result: 'running' });
    await catalog.write({ ...running, runId: 'dead', owner: dead });
    await catalog.write({ ...running, runId: 'living', owner: currentOwner() });
    await catalog.write({ ...running, runId: 'elsewhere' });
    await catalog.write(exampleRun('passed', { owner: dead }));
    const results = Object.fromEntries(
      (await catalog.list()).runs.map(({ runId, result }) => [runId, result]),
    );
    expect(results).toEqual({ dead: 'lost', living: 'running', elsewhere: 'running', passed: 'passed' });
  });

  it('finds artifacts in its own store also where that was called something else', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    const { sha256, sizeBytes } = await store.put('here', text('content'));
    await store.put('other', text('another'));
    const facts = { store: 'the folder /before', sha256, sizeBytes };
    const artifacts = ['here', 'other', 'gone', '../no-key'].map((key) =>
      recordedArtifact({ key, ...facts }),
    );
    await catalog.write(exampleRun('moved', { artifacts }));
    const found = (await catalog.get('moved'))?.artifacts.map((artifact) => artifact.store);
    expect(found).toEqual([store.name, facts.store, facts.store, facts.store]);
    expect((await catalog.list()).runs).toEqual([await catalog.get('moved')]);
  });

  it('lists the newest first, page by page, by the seconds in their ids', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    for (const seconds of [3, 1, 5, 2, 4]) await catalog.write(exampleRun(idAt(seconds)));
    const found: string[][] = [];
    let after: string | undefined;
    do {
      const page = await catalog.list({ limit: 2, ...(after !== undefined && { after }) });
      found.push(page.runs.map(({ runId }) => runId));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual([[idAt(5), idAt(4)], [idAt(3), idAt(2)], [idAt(1)]]);
  });

  it('lists runs with ids of any kind by when they were written', async () => {
    const clock = { now: 1_800_000_000_000 };
    await using store = openMemoryStore({ now: () => clock.now });
    const catalog = openRunCatalog(store);
    for (const runId of ['b', 'a', 'ffffffffffffffffffffffff', 'c']) {
      clock.now += 1000;
      await catalog.write(exampleRun(runId));
    }
    const { runs, next } = await catalog.list();
    expect(runs.map(({ runId }) => runId)).toEqual(['c', 'ffffffffffffffffffffffff', 'a', 'b']);
    expect(next).toBeUndefined();
  });

  it('finds the runs of one application among many of others', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    const other = { application: { id: 'other', name: 'other' } };
    for (let i = 0; i < 50; i += 1) await catalog.write(exampleRun(idAt(i), i % 20 === 0 ? {} : other));
    const first = await catalog.list({ applicationId: 'app', limit: 2 });
    expect(first.runs.map(({ runId }) => runId)).toEqual([idAt(40), idAt(20)]);
    const rest = await catalog.list({ applicationId: 'app', limit: 2, after: first.next ?? '' });
    expect(rest.runs.map(({ runId }) => runId)).toEqual([idAt(0)]);
    expect(rest.next).toBeUndefined();
  });

  it('has no runs after a place that is none', async () => {
    await using store = openMemoryStore();
    await openRunCatalog(store).write(exampleRun('r1'));
    expect(await openRunCatalog(store).list({ after: 'nonsense' })).toEqual({ runs: [], damaged: [] });
  });

  it('knows the ids that begin with some letters, newest first', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    for (const seconds of [1, 2]) await catalog.write(exampleRun(idAt(seconds)));
    await catalog.write(exampleRun('other'));
    expect(await catalog.idsThatBegin(idAt(1).slice(0, 6))).toEqual([idAt(2), idAt(1)]);
    expect(await catalog.idsThatBegin('none')).toEqual([]);
  });

  it('names records that are none, and shows the others', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    await catalog.write(exampleRun('good'));
    await store.put('runs/bad.json', text('{"version":7}'));
    await store.put('runs/swapped.json', text(JSON.stringify(exampleRun('good'))));
    await store.put('runs/notes.txt', text('not ours'));
    const { runs, damaged } = await catalog.list();
    expect(runs.map(({ runId }) => runId)).toEqual(['good']);
    expect(damaged.toSorted()).toEqual(['bad', 'swapped']);
    await expect(catalog.get('bad')).rejects.toMatchObject({ name: 'ArtifactError', code: 'CORRUPT' });
    await expect(catalog.get('bad')).rejects.toThrow('The record of the run bad in memory is damaged');
  });

  it('takes a record for none whose times are no dates, or that has more than a page can show', async () => {
    await using store = openMemoryStore();
    const artifact = {
      name: 'x',
      fileName: 'x',
      key: 'x',
      store: 'x',
      sizeBytes: 1,
      mediaType: '',
      storedAt: 1,
    };
    const artifacts = new Array(10_001).fill({ ...artifact, sha256: 'a'.repeat(64) });
    await store.put('runs/late.json', text(JSON.stringify({ ...exampleRun('late'), startedAt: 9e15 })));
    await store.put('runs/many.json', text(JSON.stringify({ ...exampleRun('many'), artifacts })));
    expect((await openRunCatalog(store).list()).damaged.toSorted()).toEqual(['late', 'many']);
  });

  it('ends a page early where records are large, and loses none of them', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    for (const seconds of [1, 2, 3, 4, 5])
      await catalog.write(exampleRun(idAt(seconds), { message: 'm'.repeat(15 * 2 ** 20) }));
    const first = await catalog.list();
    expect(first.runs.map(({ runId }) => runId)).toEqual([idAt(5), idAt(4), idAt(3)]);
    const { runs, next } = await catalog.list({ after: first.next ?? '' });
    expect([runs.map(({ runId }) => runId), next]).toEqual([[idAt(2), idAt(1)], undefined]);
  });

  it('refuses to read a record that is far too large', async () => {
    await using store = openMemoryStore();
    await store.put('runs/big.json', text(' '.repeat(17 * 2 ** 20)));
    await expect(openRunCatalog(store).get('big')).rejects.toThrow('expected at most 16777216');
  });

  it('remembers that a run is to be kept', async () => {
    await using store = openMemoryStore();
    const catalog = openRunCatalog(store);
    await catalog.write(exampleRun('r1'));
    expect(await catalog.keep('r1', true)).toMatchObject({ kept: true });
    expect(await catalog.get('r1')).toMatchObject({ kept: true, result: 'passed' });
    expect(await catalog.keep('r1', false)).toMatchObject({ kept: false });
    expect(await catalog.keep('none', true)).toBeUndefined();
  });
});

describe('a run that is removed', () => {
  async function remove(store: ObjectStore, runId: string): Promise<Removal[]> {
    const removals: Removal[] = [];
    for await (const removal of removeRuns(store, [runId])) removals.push(removal);
    return removals;
  }

  const at = (runId: string) => ({ runId, name: 'output', fileName: 'output.tar', format: 'tar' as const });

  async function fill(store: ReturnType<typeof openFaultyStore>, runId: string): Promise<void> {
    const key = stepArtifactKey('app', runId, 'make');
    await storeArtifact({ ...at(runId), store, key, content: { stream: borrowed(TAR, 512) } });
    await openRunCatalog(store).write(exampleRun(runId));
  }

  it('takes all that it left with it, also what its record does not name, and nothing of another', async () => {
    await using store = openFaultyStore();
    await fill(store, 'r1');
    await fill(store, 'r10');
    const [removed] = await remove(store, 'r1');
    expect(removed?.objects).toBe(1);
    expect(removed?.freedBytes).toBeGreaterThan(TAR.length);
    expect((await store.keys()).every((key) => key.includes('r10'))).toBe(true);
    expect(await store.keys()).toHaveLength(3);
    expect(await remove(store, 'r1')).toEqual([]);
  });

  it('takes an artifact with it that has a key of its own in this store', async () => {
    await using store = openFaultyStore();
    const about = {
      fileName: 'x',
      sizeBytes: 1,
      sha256: 'a'.repeat(64),
      mediaType: 'text/plain',
      storedAt: 1,
    };
    await store.put('elsewhere/x', text('x'));
    await store.put('elsewhere/y', text('y'));
    const artifacts = [
      { ...about, name: 'x', key: 'elsewhere/x', store: store.name },
      { ...about, name: 'y', key: 'elsewhere/y', store: 's3://another' },
    ];
    await openRunCatalog(store).write(exampleRun('r1', { artifacts }));
    expect(await remove(store, 'r1')).toMatchObject([{ objects: 1, freedBytes: 1 }]);
    expect(await store.keys()).toEqual(['elsewhere/y']);
  });

  it('can be removed again where that stopped on the way, and no manifest outlives its artifact', async () => {
    await using store = openFaultyStore();
    await fill(store, 'r1');
    let left = 0;
    const stopping = {
      ...store,
      remove: (key: string) =>
        left-- > 0 ? store.remove(key) : Promise.reject(new Error('the power is out')),
    };
    for (const calls of [0, 1, 1]) {
      left = calls;
      await expect(remove(stopping, 'r1')).rejects.toThrow('the power is out');
      const keys = await store.keys();
      expect(keys).toContain('runs/r1.json');
      const manifest = keys.find((key) => key.endsWith('.manifest.json'));
      if (manifest !== undefined) expect(keys).toContain(manifest.replace('.manifest.json', ''));
    }
    await remove(store, 'r1');
    expect(await store.keys()).toEqual([]);
  });
});
