import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ObjectStore, StoreError } from '../store/index.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { collectGarbage, type GarbageOptions, type Removal, removeRuns } from './garbage.ts';
import { manifestKey, recordKey, runPrefix } from './keys.ts';
import type { RetentionRules } from './retention.ts';
import { openRunCatalog } from './run-catalog.ts';
import type { RunRecord } from './run-record.ts';
import { manifestOf, putArtifact, putRun, putText } from './testing/kept-run.ts';
import { recordedArtifact, runRecord } from './testing/run-record.ts';
import { writeRecord } from './write-record.ts';

const DAY = 24 * 60 * 60_000;
const NOW = 1000 * DAY;
const UNLIMITED: RetentionRules = { keepDays: Number.POSITIVE_INFINITY, keepRuns: Number.POSITIVE_INFINITY };
const MONTH: RetentionRules = { keepDays: 30, keepRuns: 100 };

interface TestStore {
  readonly store: ObjectStore;
  /** What is stored from now on came so many days ago. */
  ago(days: number): void;
}

function testStore(): TestStore {
  let now = NOW;
  const store = openMemoryStore({ now: () => now });
  return { store, ago: (days) => (now = NOW - days * DAY) };
}

async function keysOf(store: ObjectStore): Promise<string[]> {
  const { objects } = await store.list();
  return objects.map(({ key }) => key);
}

async function collect(store: ObjectStore, options: Partial<GarbageOptions> = {}): Promise<Removal[]> {
  const removals: Removal[] = [];
  const collection = collectGarbage(store, { rules: UNLIMITED, now: NOW, ...options });
  for await (const removal of collection) removals.push(removal);
  return removals;
}

const ended = (runId: string, daysAgo: number, more: Partial<RunRecord> = {}) => ({
  runId,
  startedAt: NOW - daysAgo * DAY,
  finishedAt: NOW - daysAgo * DAY,
  ...more,
});

const outputKey = (runId: string, application = 'app'): string =>
  `${runPrefix(application, runId)}output.tar`;

describe('collectGarbage', () => {
  it('removes a run that the rules take: artifact, manifest and record, with what its record does not name', async () => {
    const { store, ago } = testStore();
    await putRun(store, ended('new', 1));
    ago(40);
    await putRun(store, ended('old', 40));
    await putText(store, `${runPrefix('app', 'old')}step/a/output.tar`, 'half');
    ago(0);
    expect(await collect(store, { rules: MONTH })).toEqual([
      {
        what: 'run',
        name: 'old',
        application: { id: 'app', name: 'app' },
        reason: 'it ended 40 days ago, and runs are kept for 30 days',
        objects: 2,
        freedBytes: expect.any(Number),
      },
    ]);
    expect(await keysOf(store)).toEqual([outputKey('new'), manifestKey(outputKey('new')), recordKey('new')]);
  });

  it('only says what would go where nothing is to be removed', async () => {
    const { store } = testStore();
    await putRun(store, ended('new', 1));
    await putRun(store, ended('old', 40));
    const before = await keysOf(store);
    const [said] = await collect(store, { rules: MONTH, dryRun: true });
    expect(await keysOf(store)).toEqual(before);
    expect(await collect(store, { rules: MONTH })).toEqual([said]);
  });

  it('tells how many bytes became free', async () => {
    const { store } = testStore();
    await putRun(store, ended('new', 1));
    const { artifacts } = await putRun(store, ended('old', 40), { sizeBytes: 1000 });
    const [artifact = recordedArtifact({ key: '' })] = artifacts;
    const manifest = JSON.stringify(manifestOf('old', artifact)).length;
    expect((await collect(store, { rules: MONTH }))[0]?.freedBytes).toBe(1000 + manifest);
  });

  it('removes what expired, with its manifest, and leaves the run', async () => {
    const { store, ago } = testStore();
    ago(2);
    await putRun(store, ended('a', 2), { expiresAt: NOW });
    await putRun(store, ended('b', 2), { expiresAt: NOW + 1 });
    ago(0);
    const [said, ...more] = await collect(store, { dryRun: true });
    expect(said).toMatchObject({ what: 'artifact', name: outputKey('a'), reason: 'it has expired' });
    expect(more).toEqual([]);
    expect(await collect(store)).toEqual([said]);
    expect(await keysOf(store)).toEqual([
      outputKey('b'),
      manifestKey(outputKey('b')),
      recordKey('a'),
      recordKey('b'),
    ]);
  });

  it('leaves what a run is storing, however old it is and whatever it lacks', async () => {
    const { store, ago } = testStore();
    ago(90);
    const running = ended('goes-on', 90, { result: 'running' });
    await putRun(store, { ...running, artifacts: [] });
    await putText(store, outputKey('goes-on'), 'no manifest yet');
    await putText(store, manifestKey(`${runPrefix('app', 'goes-on')}step/a/output.tar`), '{}');
    ago(0);
    expect(await collect(store, { rules: { keepDays: 1, keepRuns: 1, maxBytes: 1 } })).toEqual([]);
  });

  it('takes a run whose process is gone for one that did not pass', async () => {
    const { store } = testStore();
    const gone = { host: (await import('node:os')).hostname(), process: 'another-boot.1.1.1' };
    await putRun(store, ended('lost', 40, { result: 'running', owner: gone }));
    expect(await collect(store, { rules: MONTH })).toMatchObject([{ what: 'run', name: 'lost' }]);
    expect(await keysOf(store)).toEqual([]);
  });

  it('leaves a run that somebody keeps, starts anew or removes after it was judged', async () => {
    const { store } = testStore();
    await putRun(store, ended('new', 1));
    for (const id of ['a', 'b', 'c']) await putRun(store, ended(id, 40));
    const catalog = openRunCatalog(store);
    const meanwhile = async (): Promise<void> => {
      await catalog.keep('a', true);
      const record = await catalog.get('b');
      if (record !== undefined) await writeRecord(store, { ...record, result: 'running', startedAt: NOW });
      for await (const { name } of removeRuns(store, ['c'])) expect(name).toBe('c');
    };
    // The last that a collection asks before it removes anything.
    const changing: ObjectStore = {
      ...store,
      removeExpired: async (options) => {
        await meanwhile();
        return await store.removeExpired(options);
      },
    };
    expect(await collect(changing, { rules: MONTH })).toEqual([]);
    expect(await keysOf(store)).toEqual(expect.arrayContaining([outputKey('a'), outputKey('b')]));
  });

  it('leaves an artifact that another run names too, and those of an application within an application’s name', async () => {
    const { store } = testStore();
    await putRun(store, ended('new', 1), { key: 'project-artifacts/releases/latest.tar' });
    await putRun(store, ended('old', 40), { key: 'project-artifacts/releases/latest.tar' });
    await putRun(store, ended('c', 1, { application: { id: 'app/old', name: 'n' } }));
    expect(await collect(store, { rules: MONTH })).toMatchObject([{ name: 'old', objects: 0 }]);
    expect(await keysOf(store)).toEqual(
      expect.arrayContaining(['project-artifacts/releases/latest.tar', outputKey('c', 'app/old')]),
    );
  });

  it('counts for maxBytes only what is in this store', async () => {
    const { store } = testStore();
    const elsewhere = recordedArtifact({ key: outputKey('far'), store: 's3://bucket', sizeBytes: 1_000_000 });
    await putRun(store, { ...ended('here', 2), artifacts: [] });
    await putRun(store, ended('moved', 2), { store: 'the folder that it was', sizeBytes: 60 });
    await putRun(store, ended('near', 1), { sizeBytes: 60 });
    await writeRecord(store, runRecord({ ...ended('far', 3), artifacts: [elsewhere] }));
    expect(await collect(store, { rules: { ...UNLIMITED, maxBytes: 200 } })).toEqual([]);
    const went = await collect(store, { rules: { ...UNLIMITED, maxBytes: 100 } });
    expect(went.map(({ name }) => name)).toEqual(['moved']);
  });

  it('touches one application only, where one is named', async () => {
    const { store } = testStore();
    for (const id of ['a', 'b']) {
      const application = { id, name: id };
      await putRun(store, ended(`${id}-new`, 1, { application }));
      await putRun(store, ended(`${id}-old`, 40, { application }));
      await putText(store, manifestKey(`project-artifacts/${id}/gone/output.tar`), '{}');
    }
    const went = await collect(store, { rules: MONTH, application: 'a' });
    expect(went.map(({ name }) => name)).toEqual([
      'a-old',
      manifestKey('project-artifacts/a/gone/output.tar'),
    ]);
  });

  it('removes manifests without artifact, half stored artifacts, and artifacts that no run has, after a day', async () => {
    const { store, ago } = testStore();
    const orphan = recordedArtifact({ key: 'project-artifacts/app/nobody/output.tar' });
    const half = `${runPrefix('app', 'killed')}step/a/output.tar`;
    const described = recordedArtifact({ key: `${runPrefix('app', 'killed')}step/b/output.tar` });
    async function leave(): Promise<void> {
      await putRun(store, { ...ended('killed', 2, { result: 'failed' }), artifacts: [] });
      await putArtifact(store, 'killed', described);
      await putArtifact(store, 'nobody', orphan);
      await putText(store, half, 'half');
    }
    ago(1);
    await leave();
    await putText(store, manifestKey(outputKey('killed')), '{}');
    ago(0);
    expect(await collect(store)).toMatchObject([
      {
        what: 'leftover',
        name: manifestKey(outputKey('killed')),
        reason: 'the manifest of an artifact that is gone',
      },
    ]);
    ago(2);
    await leave();
    ago(0);
    const reasons = new Map((await collect(store)).map(({ name, reason }) => [name, reason]));
    expect(reasons).toEqual(
      new Map([
        [half, 'its run ended before it was stored with its manifest'],
        [orphan.key, 'no run has it'],
      ]),
    );
    expect(await keysOf(store)).toEqual([described.key, manifestKey(described.key), recordKey('killed')]);
  });

  it('leaves what others put into a store, unless the store is Slipway’s alone', async () => {
    const { store, ago } = testStore();
    ago(90);
    await putText(store, 'project-artifacts/app/62f0/output.tar', 'of another program');
    await putText(store, 'project-artifacts/app/62f1/output.tar', 'of another program');
    await putText(store, manifestKey('project-artifacts/app/62f1/output.tar'), '{"theirs":true}');
    await putText(store, 'backups/yesterday.tar', 'precious');
    ago(0);
    expect(await collect(store, { rules: { keepDays: 1, keepRuns: 1, maxBytes: 1 } })).toEqual([]);
    const went = await collect(store, { ownsAll: true });
    expect(went.map(({ name }) => name)).toEqual(['project-artifacts/app/62f0/output.tar']);
    expect(await keysOf(store)).toContain('backups/yesterday.tar');
  });

  it('leaves what a run has whose record is not on the first page of records', async () => {
    const { store, ago } = testStore();
    const large = { message: 'x'.repeat(11 * 1024 ** 2) }; // a page ends at 32 MiB of records
    for (const runId of ['a', 'b', 'c', 'd'])
      await writeRecord(store, runRecord({ ...ended(runId, 1), ...large }));
    ago(20);
    await putRun(store, ended('old', 20, { kept: true }));
    ago(0);
    expect((await openRunCatalog(store).list()).runs).toHaveLength(3);
    expect(await collect(store, { rules: MONTH, ownsAll: true })).toEqual([]);
    expect(await keysOf(store)).toContain(outputKey('old'));
  });

  it('leaves everything of a run whose record cannot be read', async () => {
    const { store, ago } = testStore();
    ago(90);
    await putRun(store, ended('damaged', 90));
    await putText(store, `${runPrefix('app', 'damaged')}step/a/output.tar`, 'half');
    await putText(store, recordKey('damaged'), '{"version":2}');
    ago(0);
    expect(await collect(store, { rules: { keepDays: 1, keepRuns: 1 }, ownsAll: true })).toEqual([]);
  });
});

/** A store whose calls fail from one on; the calls before it are counted. */
function failingStore(store: ObjectStore, failAt: number): { readonly store: ObjectStore; calls(): number } {
  let calls = 0;
  const check = (): void => {
    calls += 1;
    if (calls > failAt) throw new StoreError('UNAVAILABLE', 'the store is gone');
  };
  const watched = new Set<PropertyKey>(['put', 'head', 'open', 'list', 'remove', 'removeExpired']);
  const failing = new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (!watched.has(name) || typeof value !== 'function') return value;
      return async (...words: unknown[]): Promise<unknown> => {
        check();
        return await value.apply(target, words);
      };
    },
  });
  return { store: failing, calls: () => calls };
}

describe('when the store fails at any call', () => {
  const run = fc.record({
    age: fc.integer({ min: 0, max: 60 }),
    result: fc.constantFrom('passed' as const, 'failed' as const, 'running' as const),
    kept: fc.boolean(),
    application: fc.constantFrom('a', 'a/r0'),
    steps: fc.array(fc.constantFrom('whole', 'half', 'unnamed', 'manifest', 'expired', 'shared'), {
      maxLength: 3,
    }),
  });
  const rules = fc.record({
    keepDays: fc.integer({ min: 1, max: 60 }),
    keepRuns: fc.integer({ min: 1, max: 3 }),
    maxBytes: fc.nat(60),
  });
  type Drawn = typeof run extends fc.Arbitrary<infer T> ? T : never;

  /** Makes the drawn runs; returns those that nothing may take, with their artifacts. */
  async function fill({ store, ago }: TestStore, drawn: readonly Drawn[]): Promise<string[]> {
    const mustStay: string[] = [];
    for (const [index, { age, result, kept, application, steps }] of drawn.entries()) {
      const runId = `r${index}`;
      ago(age);
      const artifacts = [];
      for (const [step, form] of steps.entries()) {
        const own = `${runPrefix(application, runId)}step/${step}/output.tar`;
        const key = form === 'shared' ? 'project-artifacts/shared.tar' : own;
        const expiresAt = form === 'expired' ? { expiresAt: NOW - 1 } : {};
        const artifact = recordedArtifact({ key, store: store.name, sizeBytes: 10, ...expiresAt });
        if (form === 'half') await putText(store, key, 'half');
        else if (form === 'manifest') await putText(store, manifestKey(key), '{}');
        else await putArtifact(store, runId, artifact);
        if (form === 'whole' || form === 'expired' || form === 'shared') artifacts.push(artifact);
      }
      const record = {
        ...ended(runId, age, { result, kept, application: { id: application, name: application } }),
      };
      await putRun(store, { ...record, artifacts });
      if (!kept && result !== 'running') continue;
      const live = artifacts.filter(({ expiresAt }) => expiresAt === undefined).map(({ key }) => key);
      mustStay.push(recordKey(runId), ...live, ...live.map(manifestKey));
    }
    ago(0);
    return mustStay;
  }

  it('everything of kept and running runs is still there, and the next collection finishes the work', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 5 }), rules, async (drawn, rule) => {
        const options = { rules: rule, now: NOW };
        const whole = testStore();
        const mustStay = await fill(whole, drawn);
        const counted = failingStore(whole.store, Number.POSITIVE_INFINITY);
        await collect(counted.store, options);
        const wanted = await keysOf(whole.store);
        expect(wanted).toEqual(expect.arrayContaining(mustStay));
        expect(await collect(whole.store, options)).toEqual([]);
        for (let failAt = 0; failAt < counted.calls(); failAt += 1) {
          const cut = testStore();
          await fill(cut, drawn);
          await expect(collect(failingStore(cut.store, failAt).store, options)).rejects.toThrow(StoreError);
          expect(await keysOf(cut.store)).toEqual(expect.arrayContaining(mustStay));
          await collect(cut.store, options);
          expect(await keysOf(cut.store)).toEqual(wanted);
        }
      }),
      { numRuns: 40 },
    );
  });
});
