import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Expiry, watchLimits } from './limits.ts';

describe('the limits of a command', () => {
  const expired: Expiry[] = [];
  const watch = (commandTimeoutMs: number, noResponseTimeoutMs: number): ReturnType<typeof watchLimits> =>
    watchLimits({
      commandTimeoutMs,
      noResponseTimeoutMs,
      signal: new AbortController().signal,
      onExpire: (expiry) => expired.push(expiry),
    });
  beforeEach(() => {
    expired.length = 0;
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('end it once, when the first of them is reached', () => {
    using limits = watch(1000, 400);
    vi.advanceTimersByTime(300);
    limits.touch();
    vi.advanceTimersByTime(399);
    expect(limits.expiry).toBeUndefined();
    vi.advanceTimersByTime(1000);
    expect(expired).toEqual(['no-response-timeout']);
  });

  it('may be longer than a timer takes', () => {
    using limits = watch(1e9 * 60_000, 1e9 * 60_000);
    vi.advanceTimersByTime(24 * 3600_000);
    expect(limits.expiry).toBeUndefined();
  });
});
