/** Browsers draw nothing beyond some ten million pixels (Firefox 17, Chromium 33); longer logs are scrolled by a scale. */
const MAX_HEIGHT = 8_000_000;

/** What a view shows of lines that are one below the other, and how it is scrolled. */
export interface Extent {
  readonly lines: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  /** Lines may be several rows high: where one is is known only where it is drawn. */
  readonly isWrapped: boolean;
}

/** How high what is scrolled pretends to be. */
export const scrollHeightOf = ({ lines, rowHeight }: Extent): number =>
  Math.min(lines * rowHeight, MAX_HEIGHT);

/** Whether a place in what is scrolled is that of a line, pixel by pixel. */
export const isExact = ({ lines, rowHeight, isWrapped }: Extent): boolean =>
  !isWrapped && lines * rowHeight <= MAX_HEIGHT;

/** A line, and how far above the upper edge of the view it begins. */
export interface Anchor {
  readonly line: number;
  readonly offset: number;
}

/** The line at the upper edge where nothing near is drawn: as far down in the log as the scroll bar is. */
export function anchorAt(extent: Extent, scrollTop: number): Anchor {
  const { lines, rowHeight, viewHeight } = extent;
  const room = Math.max(1, scrollHeightOf(extent) - viewHeight);
  const wholeRoom = Math.max(0, lines * rowHeight - viewHeight);
  const place = isExact(extent) ? scrollTop : Math.min(1, scrollTop / room) * wholeRoom;
  const line = Math.max(0, Math.min(lines - 1, Math.floor(place / rowHeight)));
  return { line, offset: Math.max(0, place - line * rowHeight) };
}

/** Where the scroll bar belongs when a line is at the upper edge. */
export function scrollTopOf(extent: Extent, { line, offset }: Anchor): number {
  const { lines, rowHeight, viewHeight } = extent;
  const room = Math.max(0, scrollHeightOf(extent) - viewHeight);
  const wholeRoom = Math.max(1, lines * rowHeight - viewHeight);
  const place = line * rowHeight + Math.min(offset, rowHeight);
  return isExact(extent) ? Math.min(room, place) : Math.min(1, place / wholeRoom) * room;
}

/** Rows beyond both edges, so that a short way needs no drawing. */
const OVERSCAN = 24;

/** Which lines are drawn: from `first`, so many. */
export interface Drawn {
  readonly first: number;
  readonly count: number;
}

export function drawnAround({ lines, rowHeight, viewHeight }: Extent, { line }: Anchor): Drawn {
  const seen = Math.ceil(viewHeight / rowHeight) + 1;
  const first = Math.max(0, Math.min(line, lines - seen) - OVERSCAN);
  return { first, count: Math.min(lines - first, seen + 2 * OVERSCAN) };
}

/** Whether what is drawn has all that is seen at a line, some more where there is some, and nothing behind the last line. */
export function stillCovers(extent: Extent, drawn: Drawn, { line }: Anchor): boolean {
  const seen = Math.ceil(extent.viewHeight / extent.rowHeight) + 1;
  const wantsFrom = Math.max(0, line - OVERSCAN / 4);
  const wantsTo = Math.min(extent.lines, line + seen + OVERSCAN / 4);
  const end = drawn.first + drawn.count;
  return drawn.first <= wantsFrom && end >= wantsTo && end <= extent.lines;
}
