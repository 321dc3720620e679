import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { EngineError } from '../../engine/index.ts';
import { type Health, type Trouble, watchHealth } from './watch-health.ts';

let engine: FakeEngine;
const open: Health[] = [];
beforeAll(async () => {
  engine = await createFakeEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());
afterEach(() => {
  for (const health of open.splice(0)) health[Symbol.dispose]();
});

function watch(options: { free?: number[]; limitMs?: number } = {}) {
  const records: string[] = [];
  const sweeps: boolean[] = [];
  const givenUp: Trouble[] = [];
  const state = { isGone: false, free: options.free ?? [] };
  const health = watchHealth({
    engine: {
      ...engine,
      ping: () =>
        state.isGone ? Promise.reject(new EngineError('UNREACHABLE', 'no engine')) : engine.ping(),
    },
    settings: { volume: '/', diskspaceThreshold: 100 },
    sweep: async (isShort) => void sweeps.push(isShort),
    record: (type) => void records.push(type),
    now: Date.now,
    limitMs: options.limitMs ?? 60_000,
    onGivenUp: (trouble) => void givenUp.push(trouble),
    tickMs: 5,
    freeBytes: async () => (state.free.length > 1 ? state.free.shift() : state.free[0]) ?? 1_000_000,
  });
  open.push(health);
  return { health, records, sweeps, givenUp, state };
}

const never = new AbortController().signal;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 2 });

describe('the health of a machine', () => {
  it('allows to claim where there is room for all free slots', async () => {
    const { health, sweeps } = watch({ free: [301] });
    await health.ready(3, never);
    expect([health.trouble, sweeps]).toEqual([undefined, []]);
  });

  it('makes room first where there is too little', async () => {
    const { health, sweeps, records } = watch({ free: [300, 301] });
    await health.ready(3, never);
    expect([sweeps, records]).toEqual([[true], []]);
  });

  it('allows nothing while the disk is too full, and says once that it is and that it is not any more', async () => {
    const { health, records } = watch({ free: [100, 100, 100, 100, 100, 100, 101] });
    await health.ready(1, never);
    expect(records).toEqual(['[alert-operator] diskspace threshold reached', 'worker healthy']);
  });

  it('allows nothing while the engine is gone, and lets go of the claim that waits', async () => {
    const { health, state, records, sweeps } = watch();
    await health.ready(1, never);
    const { lost } = health;
    state.isGone = true;
    await until(() => expect(lost.aborted).toBe(true));
    const ready = health.ready(1, never);
    expect(health.trouble).toMatchObject({ what: 'engine', why: 'no engine' });
    state.isGone = false;
    await ready;
    expect([health.lost.aborted, health.trouble]).toEqual([false, undefined]);
    expect(records).toEqual(['[alert-operator] engine trouble', 'worker healthy']);
    expect(sweeps, 'what it kept from going').toEqual([false]);
  });

  it('gives up, once, when trouble lasts longer than the limit', async () => {
    const { givenUp, state, records } = watch({ limitMs: 20 });
    state.isGone = true;
    await until(() => expect(givenUp).toEqual(['engine']));
    const looks = records.length;
    await until(() => expect(records).toContain('[alert-operator] worker unhealthy'));
    expect([givenUp, records.length - looks]).toEqual([['engine'], 0]);
  });

  it('waits no longer than the worker works', async () => {
    const ending = new AbortController();
    const { health } = watch({ free: [1] });
    const ready = health.ready(1, ending.signal);
    ending.abort();
    await ready;
    expect(health.trouble?.what ?? 'disk').toBe('disk');
  });
});
