import { describe, expect, it } from 'vitest';
import { isSafeId, newRunId } from './ids.ts';

describe('newRunId', () => {
  it('is 24 hex digits that begin with the time in seconds', () => {
    const id = newRunId(Date.UTC(2026, 10, 21));
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(Number.parseInt(id.slice(0, 8), 16) * 1000).toBe(Date.UTC(2026, 10, 21));
  });

  it('never gives the same id twice', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newRunId(0)));
    expect(ids.size).toBe(10_000);
  });

  it('keeps its part of the process between ids', () => {
    expect(newRunId().slice(8, 18)).toBe(newRunId().slice(8, 18));
  });
});

describe('isSafeId', () => {
  it.each(['a', 'script-9f8c', 'A_b.c-1', newRunId(), 'x'.repeat(128)])('takes %s', (id) => {
    expect(isSafeId(id)).toBe(true);
  });

  it.each(['', '.', '..', '-rf', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(129)])('refuses %j', (id) => {
    expect(isSafeId(id)).toBe(false);
  });
});
