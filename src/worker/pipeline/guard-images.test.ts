import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { type GuardedEngine, guardImages } from './guard-images.ts';

const BASE = 'localhost/slipway-busybox:1';
const SHARED = 'push.test/shared/app:1';
const SECRET = 'registry.test/team/app:2';
const LABELS = { 'io.slipway.run-id': 'r1', 'io.slipway.role': 'image' };

let engine: FakeEngine;
let guarded: GuardedEngine;
let box: string;

const idOf = async (name: string) => (await engine.inspectImage(name))?.id;

beforeEach(async () => {
  engine = await createFakeEngine({
    registry: { [SECRET]: {} },
    pushHosts: { 'push.test': {} },
  });
  guarded = guardImages(engine, { mayUse: (name) => name !== SECRET, buildsFromLocal: false });
  box = await engine.createContainer({ name: 'box', image: BASE, labels: {} });
});
afterEach(() => engine[Symbol.asyncDispose]());

const commit = (reference: string) => guarded.engine.commitContainer(box, { reference, labels: LABELS });

describe('the images of a worker, for a pipeline', () => {
  it('keep their names, once something else that had one was pushed', async () => {
    await engine.tagImage(BASE, SHARED);
    const before = await idOf(SHARED);
    const made = await commit(SHARED);
    expect(await idOf(SHARED)).toBe(made);
    await guarded.engine.pushImage(SHARED, {});
    expect(await idOf(SHARED)).toBe(before);
    expect(engine.pushed.get(SHARED)?.id).toBe(made);
  });

  it('keep their names where the push was refused, and where there was none', async () => {
    const before = await idOf(BASE);
    await commit(BASE);
    await expect(guarded.engine.pushImage(BASE, {})).rejects.toThrow();
    expect(await idOf(BASE)).toBe(before);
    await commit(BASE);
    await guarded.engine.removeImage(BASE);
    expect(await idOf(BASE)).toBe(before);
    await commit(BASE);
    await commit('docker.io/library/new:1');
    await guarded[Symbol.asyncDispose]();
    expect(await idOf(BASE)).toBe(before);
    expect(await idOf('new:1')).toBeUndefined();
  });

  it('do not get back what another pipeline has called by their name meanwhile', async () => {
    const other = guardImages(engine, { mayUse: () => true, buildsFromLocal: false });
    await other.engine.commitContainer(box, { reference: SHARED, labels: LABELS });
    await commit(SHARED);
    await other[Symbol.asyncDispose]();
    await guarded[Symbol.asyncDispose]();
    expect(await idOf(SHARED)).toBeUndefined();
  });

  it('are not there where another pipeline has named them, and no registry has them', async () => {
    const other = guardImages(engine, { mayUse: () => true, buildsFromLocal: false });
    await other.engine.commitContainer(box, { reference: SHARED, labels: LABELS });
    expect(await other.engine.inspectImage(SHARED)).toBeDefined();
    expect(await guarded.engine.inspectImage(SHARED)).toBeUndefined();
  });

  it('are not there where the task may not use them, until it has fetched them itself', async () => {
    await engine.pullImage(SECRET, {});
    expect(await guarded.engine.inspectImage(SECRET)).toBeUndefined();
    await guarded.engine.pullImage(SECRET, {});
    expect(await guarded.engine.inspectImage(SECRET)).toBeDefined();
    expect(await guarded.engine.inspectImage(BASE)).toBeDefined();
  });
});
