import { describe, expect, it, vi } from 'vitest';
import { LinePages } from './line-pages.ts';
import type { LogLine } from './protocol.ts';
import { PLAIN } from './text-style.ts';

const lineOf = (text: string): LogLine => ({ segments: [{ text, style: PLAIN }] });

/** A log of numbered lines, whose answers come when the test says so. */
function pagesOf(lines: number) {
  const asked: [from: number, to: number][] = [];
  const changed = vi.fn();
  let refuses = false;
  let sizeBytes = lines;
  const pages = new LinePages({
    async load(from, to) {
      asked.push([from, to]);
      if (refuses) throw new Error('away');
      return Array.from({ length: Math.min(to, lines) - from }, (_, at) => lineOf(`${from + at}`));
    },
    onChange: changed,
  });
  return {
    pages,
    asked,
    changed,
    want: (from: number, to: number) => pages.want(from, to, { sizeBytes, lines }),
    grow: (count: number) => {
      lines += count;
      sizeBytes += count;
    },
    refuse: (does: boolean) => {
      refuses = does;
    },
    came: (times: number) =>
      vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(times), { timeout: 20_000 }),
  };
}

describe('pages of lines', () => {
  it('are asked for once, by what is near', async () => {
    const { pages, asked, want, came } = pagesOf(1000);
    want(120, 140);
    want(125, 145);
    await came(2);
    want(0, 256);
    expect(asked).toEqual([
      [0, 128],
      [128, 256],
    ]);
    expect([pages.line(127), pages.line(128), pages.line(300)]).toEqual([
      lineOf('127'),
      lineOf('128'),
      undefined,
    ]);
  });

  it('are asked for again where the log ended in them and has grown', async () => {
    const { pages, asked, want, grow, came } = pagesOf(200);
    want(100, 200);
    await came(2);
    grow(5);
    want(100, 205);
    await came(3);
    expect(asked.slice(2)).toEqual([[128, 256]]);
    expect(pages.line(204)).toEqual(lineOf('204'));
  });

  it('are not asked for on and on where they cannot be had, but when somebody says so', async () => {
    const { pages, asked, want, refuse, came } = pagesOf(100);
    refuse(true);
    want(0, 10);
    await came(1);
    want(0, 10);
    expect(asked).toHaveLength(1);
    expect(pages.failure).toBe('away');
    refuse(false);
    pages.retry();
    want(0, 10);
    await came(3);
    expect(pages.line(3)).toEqual(lineOf('3'));
    expect(pages.failure).toBeUndefined();
  });
});
