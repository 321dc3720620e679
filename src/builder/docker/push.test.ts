import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
  let printed = '';
  const progress: BuildProgress = {
    write: async (text) => {
      printed += text;
    },
    phase: () => {},
  };
  let engine: FakeEngine;
  beforeEach(async () => {
    printed = '';
    engine = await createFakeEngine({ pushHosts: { 'registry.test:5000': {} } });
    await engine.tagImage(BUSYBOX, builtName(WORK.id));
  });
  afterEach(() => engine[Symbol.asyncDispose]());

  const push = (signal = new AbortController().signal, pauseMs = 1) =>
    new Pusher([pauseMs, pauseMs]).push(WORK, { engine, progress, signal, now: Date.now });
  const refuse = (message: string) =>
    engine.faults.next('pushImage', { kind: 'error', code: 'REGISTRY', message });
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

  it('begins again where the registry broke off, and says so, but not where that said no', async () => {
    refuse('read: connection reset by peer');
    refuse('Get "http://registry.test:5000/v2/": EOF');
    expect(await push()).toMatch(/^sha256:/);
    expect(printed).toMatch(/^(?:The registry broke off: [^\n]+\n){2}/);
    refuse('denied: requested access to the resource is denied');
    await expect(push()).rejects.toMatchObject({ reason: 'registry-refused' });
    for (const _ of [1, 2, 3]) refuse('dial tcp: connection refused');
    await expect(push()).rejects.toMatchObject({ reason: 'registry-unreachable' });
    expect(await names()).toEqual([BUSYBOX, builtName(WORK.id)]);
  });

  it.each(['received unexpected HTTP status: 503 Service Unavailable', 'toomanyrequests: slow down'])(
    'begins again where the registry cannot now: %s',
    async (message) => {
      refuse(message);
      expect(await push()).toMatch(/^sha256:/);
      refuse('received unexpected HTTP status: 507 Insufficient Storage');
      await expect(push()).rejects.toMatchObject({ reason: 'registry-refused' });
    },
  );

  it('ends while it waits for the registry', async () => {
    refuse('dial tcp: connection refused');
    const stop = new AbortController();
    const pushed = push(stop.signal, 3_600_000);
    await vi.waitFor(() => expect(printed).toContain('broke off'), { timeout: 20_000 });
    stop.abort(new Error('enough'));
    await expect(pushed).rejects.toThrow('enough');
    expect(await names()).toEqual([BUSYBOX, builtName(WORK.id)]);
  });

  it('has succeeded where the image is in the registry and the engine goes away then', async () => {
    engine.faults.next('removeImage', { kind: 'error', code: 'UNREACHABLE' });
    expect(await push()).toMatch(/^sha256:/);
    expect(engine.pushed.has(NAME)).toBe(true);
    expect(await names()).toEqual(expect.arrayContaining([NAME, pushingName(NAME)]));
  });
});
