import { describe, expect, it, vi } from 'vitest';
import { HeldLog } from './held-log.ts';
import { LogBlocks } from './log-blocks.ts';
import { LogSearch } from './log-search.ts';
import { matchLines, patternOf } from './match-lines.ts';
import { type Matcher, TookTooLong } from './matcher.ts';
import { type Found, type LogQuery, MAX_MATCHES } from './protocol.ts';

const query = (text: string, more: Partial<LogQuery> = {}): LogQuery => ({
  text,
  isRegExp: false,
  isCaseSensitive: false,
  ...more,
});

/** A matcher without a thread. */
const atOnce = (): Matcher => ({
  async match({ query: wanted, text, firstLine }) {
    const pattern = patternOf(wanted);
    return pattern === undefined ? new Uint32Array() : matchLines(pattern, text.split('\n'), firstLine);
  },
  [Symbol.dispose]() {},
});

function searched(text: string, matcher = atOnce) {
  const blocks = new LogBlocks();
  const append = (more: string): void => blocks.append(new TextEncoder().encode(more));
  append(text);
  const reports: Found[] = [];
  const log = new HeldLog(blocks, async () => new Uint8Array());
  const search = new LogSearch({ log, matcher, report: (_id, found) => reports.push(found), now: () => 0 });
  const done = async (): Promise<Found> =>
    await vi.waitFor(
      () => {
        const last = reports.at(-1);
        if (last?.isDone !== true) throw new Error('it goes on');
        return last;
      },
      { timeout: 20_000 },
    );
  return { search, append, reports, done };
}

const placesOf = ({ matches }: Found): number[][] =>
  Array.from({ length: matches.length / 3 }, (_, at) => [...matches.subarray(at * 3, at * 3 + 3)]);

describe('a search in a log', () => {
  it('finds what is shown, and not what colours it', async () => {
    const { search, done } = searched('no\nan \x1b[31mer\x1b[0mror\nError error\n31m\n');
    search.start(1, query('error'));
    const found = await done();
    expect(placesOf(found)).toEqual([
      [1, 3, 8],
      [2, 0, 5],
      [2, 6, 11],
    ]);
    expect(found).toMatchObject({ count: 3, searchedLines: 4 });
  });

  it('tells letters apart where it is asked to, and takes dots for dots', async () => {
    const { search, done, reports } = searched('Error a.b error axb\n');
    search.start(1, query('Error', { isCaseSensitive: true }));
    expect(placesOf(await done())).toEqual([[0, 0, 5]]);
    reports.length = 0;
    search.start(2, query('a.b'));
    expect(placesOf(await done())).toEqual([[0, 6, 9]]);
    reports.length = 0;
    search.start(3, query('a.b', { isRegExp: true }));
    expect((await done()).count).toBe(2);
  });

  it('goes on in what comes later, when its line is whole', async () => {
    const { search, append, done, reports } = searched('one hit\nha');
    search.start(1, query('h[ai]', { isRegExp: true }));
    expect((await done()).count).toBe(1);
    reports.length = 0;
    append('lf\nhit');
    search.grown(false);
    expect((await done()).count).toBe(2);
    reports.length = 0;
    search.grown(true);
    expect(placesOf(await done())).toEqual([
      [0, 4, 6],
      [1, 0, 2],
      [2, 0, 2],
    ]);
  });

  it('counts all and marks so many', async () => {
    const { search, done } = searched('aaaaaaaaaa\n'.repeat(15_000));
    search.start(1, query('a'));
    const found = await done();
    expect(found.count).toBe(150_000);
    expect(found.matches.length / 3).toBe(MAX_MATCHES);
  });

  it('says what is no expression, and what takes too long', async () => {
    const { search, done, reports } = searched('text\n', () => ({
      match: async () => {
        throw new TookTooLong();
      },
      [Symbol.dispose]() {},
    }));
    search.start(1, query('(', { isRegExp: true }));
    expect((await done()).problem).toBe('This is not a regular expression.');
    reports.length = 0;
    search.start(2, query('(a+)+$', { isRegExp: true }));
    expect((await done()).problem).toContain('takes too long');
  });

  it('finds nothing of no length', async () => {
    const { search, done } = searched('abc\n');
    search.start(1, query('x*', { isRegExp: true }));
    expect((await done()).count).toBe(0);
  });
});
