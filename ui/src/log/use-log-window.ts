import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import {
  type Anchor,
  anchorAt,
  type Drawn,
  drawnAround,
  type Extent,
  isExact,
  scrollHeightOf,
  scrollTopOf,
  stillCovers,
} from './line-window.ts';
import { useSizes } from './use-sizes.ts';

/** The elements of a view: what is scrolled, what pretends to be as high as the log, and the rows in it. */
export interface WindowElements {
  readonly view: RefObject<HTMLDivElement>;
  readonly sizer: RefObject<HTMLDivElement>;
  readonly rows: RefObject<HTMLDivElement>;
}

export interface LogWindow {
  /** Lines to draw, from the first one of the view on. */
  readonly drawn: Drawn;
  /** Whether the view is at the end, and stays there. */
  readonly isFollowing: boolean;
  readonly follow: (follows: boolean) => void;
  /** All lines fit into the view. */
  readonly isWhole: boolean;
  /** Brings a line into the view, a third of the way down. */
  readonly show: (line: number) => void;
  /** Whether a line is in the view as it is now. */
  readonly isSeen: (line: number) => boolean;
}

interface WindowOptions {
  readonly lines: number;
  readonly isWrapped: boolean;
  readonly startsAtEnd: boolean;
}

/** Where the view is, beyond what is drawn of it. */
interface Place {
  anchor: Anchor;
  /** Of the scroll bar, when the anchor was at the upper edge. */
  scrollTop: number;
  /** Of the rows, within what is scrolled. */
  rowsTop: number;
  /** That was set by us: its event says nothing. */
  ownScrollTop: number;
  drawn: Drawn;
  extent: Extent;
  /** What the rows were last put by. */
  putBy: Extent;
}

const RESYNC_MS = 150; // after this the hand is off the wheel

/** Scrolls a log of any length in an element of a height that browsers can draw. */
export function useLogWindow(elements: WindowElements, options: WindowOptions): LogWindow {
  const { lines, isWrapped } = options;
  const { viewWidth: _, ...sizes } = useSizes(elements);
  const [isFollowing, setFollowing] = useState(options.startsAtEnd);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const extent: Extent = { lines, isWrapped, ...sizes };
  const place = useRef<Place>({
    anchor: { line: 0, offset: 0 },
    ...{ scrollTop: 0, rowsTop: 0, ownScrollTop: 0, drawn: { first: 0, count: 0 }, extent, putBy: extent },
  }).current;
  place.extent = extent;
  if (isFollowing) place.anchor = { line: Math.max(0, lines - 1), offset: 0 };
  const { line } = place.anchor;
  if (isFollowing || line >= lines || !stillCovers(extent, place.drawn, place.anchor)) {
    place.drawn = drawnAround(extent, { line: Math.min(line, Math.max(0, lines - 1)), offset: 0 });
  }

  useLayoutEffect(() => {
    const [view, sizer, rows] = [elements.view.current, elements.sizer.current, elements.rows.current];
    if (view !== null && sizer !== null && rows !== null) putRows({ view, sizer, rows }, place, isFollowing);
  });

  useEffect(() => {
    const view = elements.view.current;
    if (view === null) return;
    return listenToScrolling(view, elements.rows, place, (isAtEnd) => {
      setFollowing(isAtEnd);
      if (!stillCovers(place.extent, place.drawn, place.anchor)) redraw(undefined);
    });
  }, []);

  const show = (wanted: number): void => {
    const { viewHeight, rowHeight } = place.extent;
    const above = Math.floor(viewHeight / rowHeight / 3);
    place.anchor = { line: Math.max(0, wanted - above), offset: 0 };
    setFollowing(false);
    if (elements.view.current !== null) {
      scrollTo(elements.view.current, place, scrollTopOf(place.extent, place.anchor));
    }
    place.scrollTop = place.ownScrollTop;
    redraw(undefined);
  };
  useEffect(() => listenToEnds(elements.view.current, { toEnd: () => setFollowing(true), show }), []);

  const isWhole = lines * sizes.rowHeight <= sizes.viewHeight;
  return useMemo(
    () => ({
      drawn: place.drawn,
      isFollowing,
      isWhole,
      follow: setFollowing,
      isSeen(line) {
        const row = elements.rows.current?.children[line - place.drawn.first];
        const [at, frame] = [row, elements.view.current].map((each) => each?.getBoundingClientRect());
        return at !== undefined && frame !== undefined && at.top >= frame.top && at.bottom <= frame.bottom;
      },
      show,
    }),
    [place.drawn, isFollowing, isWhole],
  );
}

interface Elements {
  readonly view: HTMLElement;
  readonly sizer: HTMLElement;
  readonly rows: HTMLElement;
}

/** Puts rows so that what is looked at stays where it is, and the end of the log at the end of what is scrolled. */
function putRows({ view, sizer, rows }: Elements, place: Place, isFollowing: boolean): void {
  const { extent, drawn, anchor } = place;
  const rowsHeight = rows.offsetHeight;
  const isFirst = drawn.first === 0;
  const isLast = drawn.first + drawn.count >= extent.lines;
  const least = extent.isWrapped && !isFirst ? drawn.first * extent.rowHeight + rowsHeight : 0;
  const height = isFirst && isLast ? rowsHeight : Math.max(least, scrollHeightOf(extent));
  sizer.style.height = `${height}px`;
  if (isExact(extent)) {
    place.rowsTop = drawn.first * extent.rowHeight;
    // Rows of another height are elsewhere: what was looked at is looked at again.
    const isElsewhere = extent.rowHeight !== place.putBy.rowHeight || !isExact(place.putBy);
    if (isElsewhere && !isFollowing) {
      scrollTo(view, place, scrollTopOf(extent, anchor));
      place.scrollTop = place.ownScrollTop;
    }
  } else {
    const row = rows.children[anchor.line - drawn.first];
    const above = row instanceof HTMLElement ? row.offsetTop : 0;
    const top =
      place.scrollTop - Math.min(anchor.offset, row instanceof HTMLElement ? row.offsetHeight : 0) - above;
    place.rowsTop = isFirst ? 0 : isLast ? height - rowsHeight : top;
    const moved = place.rowsTop - top;
    if (!isFollowing && moved !== 0) {
      scrollTo(view, place, view.scrollTop + moved);
      place.scrollTop += moved;
    }
  }
  rows.style.transform = `translateY(${place.rowsTop}px)`;
  if (isFollowing) scrollTo(view, place, height);
  place.putBy = extent;
}

/**
 * `Home` and `End` lead to lines, and not to places of the scroll bar: a browser scrolls there bit by bit, and where lines are
 * wrapped the end moves away while more of them are drawn.
 */
function listenToEnds(
  view: HTMLElement | null,
  { toEnd, show }: { readonly toEnd: () => void; readonly show: (line: number) => void },
): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
    if (!isPlain || event.target !== view || !['Home', 'End'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'End') toEnd();
    else show(0);
  };
  view?.addEventListener('keydown', onKey);
  return () => view?.removeEventListener('keydown', onKey);
}

function scrollTo(view: HTMLElement, place: Place, top: number): void {
  if (view.scrollTop !== top) view.scrollTop = top;
  place.ownScrollTop = view.scrollTop;
}

function listenToScrolling(
  view: HTMLElement,
  rows: RefObject<HTMLElement>,
  place: Place,
  onMoved: (isAtEnd: boolean) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // What was scrolled bit by bit is not where the scroll bar says it is: the bar goes there, and nothing else moves.
  const resync = (): void => {
    const top = scrollTopOf(place.extent, place.anchor);
    if (Math.abs(top - view.scrollTop) < view.clientHeight) return;
    place.rowsTop += top - view.scrollTop;
    place.scrollTop = top;
    if (rows.current !== null) rows.current.style.transform = `translateY(${place.rowsTop}px)`;
    scrollTo(view, place, top);
  };
  const onScroll = (): void => {
    if (Math.abs(view.scrollTop - place.ownScrollTop) < 1) return; // it was us
    place.ownScrollTop = view.scrollTop;
    place.anchor = lineAtTop(place, view, rows.current);
    place.scrollTop = view.scrollTop;
    const isAtEnd = view.scrollTop + view.clientHeight >= view.scrollHeight - 2;
    clearTimeout(timer);
    if (!isExact(place.extent) && !isAtEnd) timer = setTimeout(resync, RESYNC_MS);
    onMoved(isAtEnd);
  };
  view.addEventListener('scroll', onScroll, { passive: true });
  return () => {
    view.removeEventListener('scroll', onScroll);
    clearTimeout(timer);
  };
}

/** Which line is at the upper edge: by the rows, where some are drawn there, and else by the scroll bar. */
function lineAtTop({ extent, drawn, rowsTop }: Place, view: HTMLElement, rows: HTMLElement | null): Anchor {
  const within = view.scrollTop - rowsTop;
  const isDrawn = rows !== null && within >= 0 && within < rows.offsetHeight && view.scrollTop > 0;
  if (isExact(extent) || !isDrawn) return anchorAt(extent, view.scrollTop);
  const children = [...rows.children].filter((child) => child instanceof HTMLElement);
  const at = children.findIndex((row) => row.offsetTop + row.offsetHeight > within);
  return { line: drawn.first + Math.max(0, at), offset: within - (children[at]?.offsetTop ?? 0) };
}
