import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { type Changes, createSettler, type Pace, type Settler } from './settle.ts';

const PACE: Pace = { quietMs: 30, longestWaitMs: 500, shortestGapMs: 250, longestGapMs: 4000, restMs: 2000 };

interface FakeClock extends Clock {
  /** Lets time pass, and what is due happen. */
  advance(byMs: number): Promise<void>;
}

function createClock(): FakeClock {
  let now = 0;
  const timers = new Set<{ at: number; action: () => void }>();
  const due = (until: number) =>
    [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { at: now + delayMs, action };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(byMs) {
      const end = now + byMs;
      for (let timer = due(end); timer !== undefined; timer = due(end)) {
        timers.delete(timer);
        now = timer.at;
        timer.action();
        // The taker goes on and asks again in turns of its own.
        for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
      }
      now = end;
    },
  };
}

interface Taken extends Changes {
  readonly at: number;
}

const never = new AbortController().signal;

/** Somebody who takes every batch, and is away for a while after each. */
function takeAll(settler: Settler, clock: FakeClock, awayMs = 0): Taken[] {
  const taken: Taken[] = [];
  const take = async (): Promise<void> => {
    const changes = await settler.take(never);
    taken.push({ ...changes, at: clock.now() });
    if (awayMs > 0) clock.after(awayMs, () => void take());
    else void take();
  };
  void take();
  return taken;
}

describe('a settler', () => {
  it('hands a lone change out when it has been quiet, and no earlier', async () => {
    const clock = createClock();
    const settler = createSettler(PACE, clock);
    const taken = takeAll(settler, clock);
    await clock.advance(1000);
    settler.add('a');
    await clock.advance(29);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual([{ paths: ['a'], restless: false, at: 1030 }]);
  });

  it('gathers what changes together, each path once and in order', async () => {
    const clock = createClock();
    const settler = createSettler(PACE, clock);
    const taken = takeAll(settler, clock);
    for (const path of ['b', 'a', 'b', 'c']) {
      settler.add(path);
      await clock.advance(20);
    }
    await clock.advance(100);
    expect(taken.map(({ paths }) => paths)).toEqual([['b', 'a', 'c']]);
  });

  it('hands out at once what came to rest while the taker was away', async () => {
    const clock = createClock();
    const settler = createSettler(PACE, clock);
    settler.add('a');
    await clock.advance(10_000);
    await expect(settler.take(never)).resolves.toMatchObject({ paths: ['a'] });
  });

  it('slows down under changes without a rest, and is quick again after one', async () => {
    const clock = createClock();
    const settler = createSettler(PACE, clock);
    const taken = takeAll(settler, clock);
    for (let at = 0; at < 30_000; at += 1) {
      settler.add('log');
      await clock.advance(1);
    }
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.length).toBeLessThan(14);
    expect(taken.at(-1)?.restless).toBe(true);
    await clock.advance(10_000);
    const before = taken.length;
    settler.add('a');
    await clock.advance(30);
    expect(taken.slice(before)).toMatchObject([{ paths: ['a'], restless: false }]);
  });

  it('stops waiting when it is told to, and keeps the changes for the next taker', async () => {
    const clock = createClock();
    const settler = createSettler(PACE, clock);
    const stop = new AbortController();
    settler.add('a');
    const waiting = settler.take(stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await clock.advance(100);
    await expect(settler.take(never)).resolves.toMatchObject({ paths: ['a'] });
  });

  it('tells the taker that the watch is lost, now and later', async () => {
    const settler = createSettler(PACE, createClock());
    const waiting = settler.take(never);
    settler.fail(new Error('lost'));
    await expect(waiting).rejects.toThrow('lost');
    await expect(settler.take(never)).rejects.toThrow('lost');
  });

  it('never loses a change, never hands out faster than its pace, and is never late', async () => {
    const change = fc.record({ afterMs: fc.nat(700), path: fc.constantFrom('a', 'b', 'c') });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 60 }), fc.nat(600), async (changes, awayMs) => {
        const clock = createClock();
        const settler = createSettler(PACE, clock);
        const taken = takeAll(settler, clock, awayMs);
        const added: { at: number; path: string }[] = [];
        for (const { afterMs, path } of changes) {
          await clock.advance(afterMs);
          settler.add(path);
          added.push({ at: clock.now(), path });
        }
        await clock.advance(20_000);
        for (const { at, path } of added) {
          const found = taken.find((batch) => batch.at >= at && batch.paths.includes(path));
          expect(found).toBeDefined();
          expect((found?.at ?? 0) - at).toBeLessThanOrEqual(PACE.longestGapMs + PACE.longestWaitMs + awayMs);
        }
        taken.slice(1).forEach((batch, i) => {
          expect(batch.at - (taken[i]?.at ?? 0)).toBeGreaterThanOrEqual(PACE.shortestGapMs);
        });
      }),
      { numRuns: 200 },
    );
  });
});
