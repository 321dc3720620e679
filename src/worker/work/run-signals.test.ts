import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunAbort } from '../task/resolution.ts';
import { createRunSignals } from './run-signals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a run whose claim is not renewed may store its log until the claim ends', () => {
  using signals = createRunSignals(new AbortController().signal, () => 3_000);
  signals.lost(new RunAbort('worker-shutdown'));
  expect([signals.ended.aborted, signals.gone.aborted]).toEqual([true, false]);
  vi.advanceTimersByTime(2_999);
  expect(signals.gone.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signals.gone.aborted).toBe(true);
});

it('a worker that stops ends its runs at once, and has a time for their logs', () => {
  const stopping = new AbortController();
  using signals = createRunSignals(stopping.signal, () => 1_000_000);
  stopping.abort();
  expect(signals.ended.reason).toMatchObject({ reason: 'worker-shutdown' });
  vi.advanceTimersByTime(89_999);
  expect(signals.gone.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signals.gone.aborted).toBe(true);
});

it('a run that comes when the worker stops already is ended too', () => {
  using signals = createRunSignals(AbortSignal.abort(), () => 1_000_000);
  expect(signals.ended.aborted).toBe(true);
});

it('the first reason counts, and nothing is left afterwards', () => {
  const stopping = new AbortController();
  const signals = createRunSignals(stopping.signal, () => 3_000);
  signals.abort(new RunAbort('canceled'));
  signals.lost(new RunAbort('worker-shutdown'));
  stopping.abort();
  expect(signals.ended.reason).toMatchObject({ reason: 'canceled' });
  signals[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
});
