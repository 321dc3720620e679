import { describe, expect, it } from 'vitest';
import type { CacheInput, CacheKey } from '../../pipeline/index.ts';
import { type EarlierBuild, whyMissed } from './why-missed.ts';

const digested = (kind: CacheInput['kind'], name: string, digest = 'd'): CacheInput => ({
  kind,
  name,
  digest,
});
const secret = (name: string): CacheInput => ({ kind: 'environment', name, isSecret: true });

const keyOf = (key: string, inputs: readonly CacheInput[]): CacheKey => ({
  key,
  inputs,
  source: [],
  warnings: [],
});

const earlier = (inputs: readonly CacheInput[]): EarlierBuild => ({
  record: {
    version: 1,
    key: 'before',
    inputs,
    runId: 'R',
    application: { id: 'app', name: 'app' },
    pipeline: 'build',
    steps: 1,
    startedAt: 0,
    durationMs: 1,
    slipway: '0.0.0',
    artifacts: [],
  },
  source: [],
});

const reason = (before: readonly CacheInput[], now: readonly CacheInput[]): string =>
  whyMissed(keyOf('now', now), earlier(before));

describe('the reason of a miss', () => {
  it('says which service, step or variable it was, and whether it came or went', () => {
    const before = [digested('service', 'redis', 'one'), digested('environment', 'A'), secret('TOKEN')];
    expect(reason(before, [digested('service', 'redis', 'two'), digested('environment', 'B')])).toBe(
      'the service redis, the variable B (new), the variable A (gone) and 1 more changed since run R; ' +
        '`slipway cache why` says more',
    );
  });

  it('calls a secret a secret', () => {
    expect(reason([], [secret('TOKEN')])).toMatch(/^the secret TOKEN \(new\) changed since run R;/);
    expect(reason([secret('TOKEN')], [secret('TOKEN')])).toBe('the value of a secret changed since run R');
  });

  it('says of .git what it is that counts', () => {
    expect(reason([digested('source', '.git', 'one')], [digested('source', '.git', 'two')])).toMatch(
      /^the commit or branch that is checked out changed since run R;/,
    );
  });

  it('has no control characters of a name in it', () => {
    expect(reason([], [digested('step', 'a\u001b[31mb')])).not.toContain('\u001b');
  });
});
