import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import type { BuildProgress, BuildWork } from '../backend.ts';
import { builtName, pushingName } from './names.ts';
import { Pusher } from './push.ts';

const BUSYBOX = 'localhost/slipway-busybox:1';
const NAME = 'registry.test:5000/alice:web';
const WORK: BuildWork = {
  id: '1',
  jobName: 'build-alice-1',
  user: 'alice',
  source: BUSYBOX,
  context: { dockerfile: `FROM ${BUSYBOX}\n`, files: {} },
  target: { repository: 'alice', tag: 'web' },
  destination: { pushHost: 'registry.test:5000', pullHost: 'registry.test:5000', isPlainHttp: true },
  labels: {},
  noCache: false,
  timeLimitMs: 60_000,
};

describe('a push', () => {
  const progress: BuildProgress = { write: async () => {}, phase: () => {} };
  let engine: FakeEngine;
  beforeEach(async () => {
    engine = await createFakeEngine({ pushHosts: { 'registry.test:5000': {} } });
    await engine.tagImage(BUSYBOX, builtName(WORK.id));
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const push = () =>
    new Pusher().push(WORK, { engine, progress, signal: new AbortController().signal, now: Date.now });
  const names = async () => (await engine.inspectImage(BUSYBOX))?.references;

  it('takes the name of the image in the registry away again, also one that a killed server had left', async () => {
    await push();
    expect(await names()).toEqual([BUSYBOX, builtName(WORK.id)]);
    await engine.tagImage(BUSYBOX, pushingName(NAME));
    await engine.tagImage(BUSYBOX, NAME);
    await push();
    expect(await names()).toEqual([BUSYBOX, builtName(WORK.id)]);
  });

  it('leaves a name that somebody gave an image, for the new one', async () => {
    await engine.tagImage(BUSYBOX, NAME);
    await push();
    expect(await names()).toContain(NAME);
  });

  it('has succeeded where the image is in the registry and the engine goes away then', async () => {
    engine.faults.next('removeImage', { kind: 'error', code: 'UNREACHABLE' });
    expect(await push()).toMatch(/^sha256:/);
    expect(engine.pushed.has(NAME)).toBe(true);
    expect(await names()).toEqual(expect.arrayContaining([NAME, pushingName(NAME)]));
  });
});
