import { describe, expect, it } from 'vitest';
import { bindingOf, type KeyBinding } from './keys.ts';

const binding = (keys: string, says: string): KeyBinding => ({ keys, says, run: () => {} });

const ALL = [
  [binding('j', 'layout'), binding('g r', 'runs')],
  [binding('j', 'page'), binding('r', 'rerun')],
];

describe('what a key means', () => {
  it('is what the page says, before what all pages say', () => {
    expect(bindingOf(ALL, undefined, { key: 'j', at: 0 })?.says).toBe('page');
    expect(bindingOf(ALL, undefined, { key: 'x', at: 0 })).toBeUndefined();
  });

  it('is that of two keys where they came soon one after the other', () => {
    const g = { key: 'g', at: 1_000 };
    expect(bindingOf(ALL, g, { key: 'r', at: 1_500 })?.says).toBe('runs');
    expect(bindingOf(ALL, g, { key: 'r', at: 9_000 })?.says).toBe('rerun');
  });
});
