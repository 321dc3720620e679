import { expect, it } from 'vitest';
import { watchClipping } from './clipping.ts';

const CLIPPED = '#5 0.312 [output clipped, log limit 200KiB/s reached]\n';

it('knows from the last whole line whether BuildKit passes on what is printed', () => {
  const isClipped = watchClipping();
  expect(isClipped('a\n')).toBe(false);
  expect(isClipped(`b\n${CLIPPED}`)).toBe(true);
  expect(isClipped('#5 3.459 a line that is ')).toBe(true);
  expect(isClipped('whole\n')).toBe(false);
  expect(isClipped(`${CLIPPED}\n`)).toBe(false);
});

it('knows it wherever the line is cut', () => {
  for (let at = 1; at < CLIPPED.length; at += 1) {
    const isClipped = watchClipping();
    expect([isClipped(CLIPPED.slice(0, at)), isClipped(CLIPPED.slice(at))]).toEqual([false, true]);
  }
});

it('waits for the end of a line that is long', () => {
  const isClipped = watchClipping();
  for (let many = 0; many < 1000; many += 1) expect(isClipped('x'.repeat(10_000))).toBe(false);
  expect(isClipped(`\n${CLIPPED}`)).toBe(true);
});
