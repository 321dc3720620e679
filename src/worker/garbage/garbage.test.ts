import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { type Engine, EngineError } from '../../engine/index.ts';
import { currentOwner } from '../../kernel/index.ts';
import { taskLabels, workerLabels } from '../labels.ts';
import { createContainerGarbage } from './containers.ts';
import { openImageUses } from './image-uses.ts';
import { ownerFolder, removeWorkerLeftovers, runFolder } from './leftovers.ts';
import { createSweep } from './sweep.ts';

let engine: FakeEngine;
let folder: string;
beforeAll(async () => {
  engine = await createFakeEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-garbage-'));
});
afterEach(() => rm(folder, { recursive: true }));

const IMAGE = 'localhost/slipway-busybox:1';
const TASK = { taskId: 'CLVrh06tRAyXPhdnZHxPXg', runId: 0 };

const createContainer = (labels: Record<string, string>): Promise<string> =>
  engine.createContainer({ name: `c-${Math.random()}`, image: IMAGE, command: ['sh'], labels });

function recorder() {
  const records: { type: string; [field: string]: unknown }[] = [];
  return {
    records,
    record: (type: string, fields: object = {}) => void records.push({ ...fields, type }),
    types: () => records.map(({ type }) => type),
  };
}

describe('containers of finished tasks', () => {
  it('are removed at once, also while they run', async () => {
    const { record, types } = recorder();
    const id = await createContainer({});
    await engine.startContainer(id);
    await createContainerGarbage(engine, record).remove(id);
    expect([await engine.inspectContainer(id), types()]).toEqual([undefined, ['container removed']]);
  });

  it('that are gone already are fine', async () => {
    const { record, types } = recorder();
    await createContainerGarbage(engine, record).remove('nothing');
    expect(types()).toEqual(['container removed']);
  });

  it('are tried again in later sweeps, and given up after the fifth try', async () => {
    const { record, records } = recorder();
    const stuck: Engine = {
      ...engine,
      removeContainer: () => Promise.reject(new EngineError('FAILED', 'device is busy')),
    };
    const garbage = createContainerGarbage(stuck, record);
    await garbage.remove('one');
    for (let i = 0; i < 6; i += 1) await garbage.sweep();
    const tries = records.filter(({ type }) => type === 'container removal error');
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
    expect(records.at(-1)).toMatchObject({ type: '[alert-operator] container given up', containerId: 'one' });
  });

  it('are not given up while the engine is gone', async () => {
    const { record, types } = recorder();
    const id = await createContainer({});
    let isGone = true;
    const gone = new EngineError('UNREACHABLE', 'no engine');
    const garbage = createContainerGarbage(
      { ...engine, removeContainer: (it) => (isGone ? Promise.reject(gone) : engine.removeContainer(it)) },
      record,
    );
    await garbage.remove(id);
    for (let i = 0; i < 6; i += 1) await garbage.sweep();
    isGone = false;
    await garbage.sweep();
    expect([await engine.inspectContainer(id), types().at(-1)]).toEqual([undefined, 'container removed']);
  });
});

describe('images', () => {
  const sweeping = async (options: {
    now?: () => number;
    isIdle?: boolean;
    removeImage?: Engine['removeImage'];
  }) => {
    const removed: string[] = [];
    const removeImage: Engine['removeImage'] = async (image) => {
      await options.removeImage?.(image);
      removed.push(image);
    };
    const { record, types } = recorder();
    const now = options.now ?? Date.now;
    const images = await openImageUses(join(folder, 'images'), now);
    const sweep = createSweep({
      ...{ engine: { ...engine, removeImage }, images, record, now, imageExpirationMs: 1_000 },
      containers: createContainerGarbage(engine, record),
      caches: { isEmpty: true, purge: async () => undefined, collect: async ({ all }) => (all ? ['c'] : []) },
      isIdle: () => options.isIdle ?? true,
    });
    return { removed, images, sweep, types };
  };

  it('that the worker fetched go when nobody used them for long enough, in a later process too', async () => {
    let now = 0;
    const first = await sweeping({ now: () => now });
    first.images.used('old:1', true);
    await first.images.save();
    const { images, sweep, removed } = await sweeping({ now: () => now });
    now = 800;
    images.used('new:1', true);
    await sweep(false);
    now = 1_001;
    await sweep(false);
    expect([removed, images.list().map(({ image }) => image)]).toEqual([['old:1'], ['new:1']]);
  });

  it('that were there before stay for ever', async () => {
    const { images, sweep, removed } = await sweeping({});
    images.used('mine:1', false);
    await sweep(true);
    expect(removed).toEqual([]);
  });

  it('go at once when the disk is too full, with what caches are not in use', async () => {
    const { images, sweep, removed, types } = await sweeping({});
    images.used('new:1', true);
    await sweep(true);
    expect([removed, types()]).toEqual([['new:1'], ['cache volume removed', 'image removed']]);
  });

  it('that somebody else has removed are forgotten', async () => {
    const { images, sweep, types } = await sweeping({ removeImage: (image) => engine.removeImage(image) });
    images.used('localhost/gone:1', true);
    await sweep(true);
    expect([images.list(), types()]).toEqual([[], ['cache volume removed', 'image removed']]);
  });

  it('stay while tasks run', async () => {
    const { images, sweep, removed } = await sweeping({ isIdle: false });
    images.used('new:1', true);
    await sweep(true);
    expect(removed).toEqual([]);
  });

  it('of which somebody made a container are left to them', async () => {
    const { images, sweep, types } = await sweeping({
      removeImage: () => Promise.reject(new EngineError('CONFLICT', 'in use')),
    });
    images.used('theirs:1', true);
    await sweep(true);
    expect([images.list(), types()]).toEqual([[], ['cache volume removed', 'image removal error']]);
  });

  it('are forgotten where the file makes no sense', async () => {
    await writeFile(join(folder, 'images'), 'what\n\n12 good:1\n-\u0000x y\n');
    expect((await openImageUses(join(folder, 'images'), Date.now)).list()).toEqual([
      { image: 'good:1', usedAt: 12 },
    ]);
  });
});

describe('what dead workers left', () => {
  it('is removed: containers, networks and folders, and nothing of those that live or are elsewhere', async () => {
    const alive = currentOwner();
    const dead = { ...alive, process: alive.process.replace(/\d+$/, '1') };
    const elsewhere = { ...dead, host: `not-${hostname()}` };
    for (const owner of [alive, dead, elsewhere]) {
      await createContainer(taskLabels('w', owner, TASK));
      await engine.createNetwork({
        name: `n-${owner.host}-${owner.process}`,
        labels: workerLabels('w', owner),
      });
      await mkdir(join(folder, ownerFolder(owner), runFolder(TASK)), { recursive: true });
      await mkdir(join(folder, ownerFolder(owner), 'run'), { recursive: true });
    }
    await mkdir(join(folder, '100%~strange'));
    expect(await removeWorkerLeftovers(engine, folder)).toEqual({
      ...{ containers: 1, networks: 1, folders: 1, runs: [TASK] },
    });
    expect((await readdir(folder)).toSorted()).toEqual(
      ['100%~strange', ownerFolder(alive), ownerFolder(elsewhere)].toSorted(),
    );
    expect(await removeWorkerLeftovers(engine, join(folder, 'nothing'))).toEqual({
      ...{ containers: 0, networks: 0, folders: 0, runs: [] },
    });
  });
});
