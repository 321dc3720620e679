import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coalesce } from './coalesce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('many wishes are one call, and those that come while it goes on are one more', async () => {
  const calls: (() => void)[] = [];
  const { want, stop } = coalesce(() => new Promise((resolve) => calls.push(resolve)), 400);
  for (let i = 0; i < 20; i += 1) want();
  await vi.advanceTimersByTimeAsync(399);
  expect(calls).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toHaveLength(1);
  for (let i = 0; i < 20; i += 1) want();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toHaveLength(1);
  calls[0]?.();
  await vi.advanceTimersByTimeAsync(400);
  expect(calls).toHaveLength(2);
  stop();
});

it('a wish that cannot wait is not kept waiting by one that can', async () => {
  const call = vi.fn(() => Promise.resolve());
  const { want, stop } = coalesce(call, 400);
  want();
  want(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(call).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(call).toHaveBeenCalledOnce();
  stop();
  want(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(call).toHaveBeenCalledOnce();
});
