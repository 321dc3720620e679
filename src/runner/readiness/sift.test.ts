import { describe, expect, it } from 'vitest';
import { createSift } from './sift.ts';

const TEXT = 'before\nhalf TOKEN open 0\nafter TOK TOKE\nTOKEN status 1 503\nTOKEN pid 2 17\nend TOK';

describe('a sift', () => {
  it.each([1, 2, 3, 7, 1000])('takes its lines out of pieces of %d bytes', (size) => {
    const words: string[][] = [];
    const sift = createSift('TOKEN', (line) => words.push([...line]));
    const passed: Buffer[] = [];
    const bytes = Buffer.from(TEXT);
    for (let at = 0; at < bytes.length; at += size) passed.push(sift.take(bytes.subarray(at, at + size)));
    passed.push(sift.end());
    expect(Buffer.concat(passed).toString()).toBe('before\nhalf after TOK TOKE\nend TOK');
    expect(words).toEqual([
      ['open', '0'],
      ['status', '1', '503'],
      ['pid', '2', '17'],
    ]);
  });
});
