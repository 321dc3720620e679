import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anchorAt,
  drawnAround,
  type Extent,
  scrollHeightOf,
  scrollTopOf,
  stillCovers,
} from './line-window.ts';

const extents = fc
  .record({ lines: fc.integer({ min: 1, max: 50_000_000 }), viewHeight: fc.integer({ min: 20, max: 2000 }) })
  .map((fields): Extent => ({ ...fields, rowHeight: 20, isWrapped: false }));

describe('a window onto lines', () => {
  it('is never higher than browsers can draw', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        expect(scrollHeightOf(extent)).toBeLessThanOrEqual(8_000_000);
      }),
    );
  });

  it('reaches the first line and the last one', () => {
    fc.assert(
      fc.property(extents, (extent) => {
        expect(anchorAt(extent, 0)).toEqual({ line: 0, offset: 0 });
        const end = Math.max(0, scrollHeightOf(extent) - extent.viewHeight);
        const { line, offset } = anchorAt(extent, end);
        expect(line * 20 + offset + extent.viewHeight).toBeGreaterThanOrEqual(extent.lines * 20 - 1);
        const drawn = drawnAround(extent, { line, offset });
        expect(drawn.first + drawn.count).toBe(extent.lines);
      }),
    );
  });

  it('is where the scroll bar was put for a line', () => {
    fc.assert(
      fc.property(extents, fc.nat(), (extent, some) => {
        const line = some % extent.lines;
        const lastAtTop = Math.max(0, extent.lines - Math.ceil(extent.viewHeight / 20));
        const top = scrollTopOf(extent, { line, offset: 0 });
        expect(Math.abs(anchorAt(extent, top).line - Math.min(line, lastAtTop))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('draws no line behind the last one of a part that has turned out to be shorter', () => {
    const extent = { lines: 12, rowHeight: 20, viewHeight: 600, isWrapped: false };
    const drawn = drawnAround(extent, { line: 0, offset: 0 });
    expect(stillCovers({ ...extent, lines: 5 }, drawn, { line: 0, offset: 0 })).toBe(false);
  });

  it('draws what is seen and a little more, however many lines there are', () => {
    fc.assert(
      fc.property(extents, fc.nat(), (extent, some) => {
        const anchor = { line: some % extent.lines, offset: 0 };
        const drawn = drawnAround(extent, anchor);
        expect(stillCovers(extent, drawn, { ...anchor, line: Math.min(anchor.line, extent.lines - 1) })).toBe(
          true,
        );
        expect(drawn.count).toBeLessThanOrEqual(Math.ceil(extent.viewHeight / 20) + 49);
      }),
    );
  });
});
