import { describe, expect, it } from 'vitest';
import { match } from './match.ts';

describe('an address is matched with a pattern', () => {
  it.each([
    ['/', '/', {}],
    ['/runs', '/runs/', {}],
    ['/runs/:runId', '/runs/a1', { runId: 'a1' }],
    ['/queues/:provisioner/:type', '/queues/a%2Fb/c%20d', { provisioner: 'a/b', type: 'c d' }],
  ])('%s takes %s', (pattern, path, params) => {
    expect(match(pattern, path)).toEqual(params);
  });

  it.each([
    ['/runs', '/'],
    ['/runs/:runId', '/runs'],
    ['/runs/:runId', '/runs/a/artifacts/b'],
    ['/runs/:runId', '/tasks/a'],
    ['/runs/:runId', '/runs/%ff'],
  ])('%s does not take %s', (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined();
  });
});
