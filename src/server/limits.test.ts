import { describe, expect, it } from 'vitest';
import { connectionsFor, defaultLimits, openFileLimit } from './limits.ts';

describe('the limits of a server', () => {
  it('leave half as many files for what is behind connections, and some for the program', () => {
    expect(connectionsFor(20_000)).toBe(13_200);
    expect(connectionsFor(1024)).toBe(549);
  });

  it('let some connections through on the smallest machine, and not without number on the largest', () => {
    expect(connectionsFor(64)).toBe(16);
    expect(connectionsFor(Number.POSITIVE_INFINITY)).toBe(50_000);
  });

  it('come from how many files this process may open', () => {
    expect(openFileLimit()).toBeGreaterThan(0);
    expect(defaultLimits().connections).toBe(connectionsFor(openFileLimit()));
  });
});
