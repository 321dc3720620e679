import { expect, it } from 'vitest';
import type { RunPart } from './steps-of.ts';
import { sectionsOf } from './use-sections.ts';

const part = (key: string, log?: RunPart['log']): RunPart => ({
  ...{ key, name: key, kind: 'step', state: 'passed' },
  ...(log !== undefined && { log }),
});

it('a part has its lines, and is there once all of its bytes are, or no more come', () => {
  const parts = [part('a', { from: 0, to: 10 }), part('skipped'), part('b', { from: 10, to: 30 })];
  const lines = [0, 2, 2, 3];
  const soFar = sectionsOf(parts, lines, { sizeBytes: 20, isOver: false });
  expect([...soFar]).toEqual([
    ['a', { from: 0, to: 2, isThere: true }],
    ['b', { from: 2, to: 3, isThere: false }],
  ]);
  expect(sectionsOf(parts, lines, { sizeBytes: 20, isOver: true }).get('b')?.isThere).toBe(true);
});

it('a part that goes on has all lines from its first', () => {
  const sections = sectionsOf([part('a', { from: 5 })], [1, 0], { sizeBytes: 5, isOver: false });
  expect(sections.get('a')).toEqual({ from: 1, to: Number.POSITIVE_INFINITY, isThere: true });
});
