import { freemem } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { parseArguments } from '../flag-values.ts';
import { WORKER_FLAGS } from '../flags/worker.ts';
import { capacityLayer, flagLayer } from './flag-layer.ts';

vi.mock('node:os', async (original) => ({ ...(await original<object>()), freemem: vi.fn() }));

const GIBIBYTE = 1024 ** 3;
const EARLY = { hasProfile: false, base: {}, isOwnMachine: false, alwaysJson: true, capacityByMemory: true };

const capacityOf = (freeBytes: number, ...words: string[]): number | undefined => {
  vi.mocked(freemem).mockReturnValue(freeBytes);
  const { flags } = parseArguments(words, WORKER_FLAGS, {});
  return { ...capacityLayer(EARLY), ...flagLayer(flags) }.capacity;
};

describe('the capacity of the early form', () => {
  it('is what the free memory is enough for, with a gibibyte for each task, and one at least', () => {
    expect([7.5 * GIBIBYTE, 7 * GIBIBYTE, 1000, 0].map((free) => capacityOf(free))).toEqual([8, 7, 1, 1]);
  });

  it('counts with the memory that is said, and is what is said', () => {
    expect(capacityOf(8 * GIBIBYTE, '--memory', String(4 * GIBIBYTE))).toBe(2);
    expect(capacityOf(8 * GIBIBYTE, '-m', String(512 * 1024 ** 2), '-c', '3')).toBe(3);
    expect(capacityOf(8 * GIBIBYTE, '--capacity', '0')).toBe(0);
  });

  it.each([
    ['--capacity', '-1'],
    ['--capacity', '1.5'],
    ['--capacity', 'x'],
    ['--memory', '0'],
    ['--memory', 'x'],
  ])('is not %s %s', (...words) => {
    expect(() => capacityOf(GIBIBYTE, ...words)).toThrow(words[0]);
  });
});
