import { describe, expect, it } from 'vitest';
import { Attempts } from './attempts.ts';

describe('attempts', () => {
  it('are counted until the time of the first one is over', () => {
    const attempts = new Attempts({ most: 2, withinMs: 100, names: 10 });
    attempts.failed('a', 0);
    expect(attempts.waitMs('a', 50)).toBe(0);
    attempts.failed('a', 60);
    expect(attempts.waitMs('a', 70)).toBe(30);
    expect(attempts.waitMs('b', 70)).toBe(0);
    expect(attempts.waitMs('a', 100)).toBe(0);
    attempts.failed('a', 101); // a new time begins
    expect(attempts.waitMs('a', 101)).toBe(0);
  });

  it('of too many names are forgotten, the oldest first', () => {
    const attempts = new Attempts({ most: 1, withinMs: 1000, names: 3 });
    for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) attempts.failed(name, at);
    expect(['a', 'b', 'c', 'd'].map((name) => attempts.waitMs(name, 10) > 0)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});
