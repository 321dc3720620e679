import { describe, expect, it } from 'vitest';
import { isPrivateRef } from './private-ref.ts';

describe('a ref of the fleet', () => {
  it.each([
    'slipway.source/app/1f',
    'slipway.submitted/app',
    'slipway.pipeline-cache/app/build',
    'slipway.source',
    'Slipway.Source/app/1',
  ])('is for its workers: %s', (ref) => {
    expect(isPrivateRef(ref)).toBe(true);
  });

  it.each([
    'slipway.build/app/build/key',
    'slipway.sources/app/1',
    'slipway.sourc/app/1',
    'slipway-source/app/1',
    'project/slipway.source/key',
    'project/element/key',
    '',
  ])('is none of another name: "%s"', (ref) => {
    expect(isPrivateRef(ref)).toBe(false);
  });
});
