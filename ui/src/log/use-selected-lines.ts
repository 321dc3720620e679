import { useCallback, useEffect, useRef } from 'preact/hooks';
import { go, here } from '../router/location.ts';
import { type LineRange, lineHash, readLineRange } from './line-hash.ts';

/** Lines of a log that a view shows, from 0; the last one is not in it. */
export interface Section {
  readonly from: number;
  readonly to: number;
}

export interface SelectedLines {
  /** What the address names, wherever in the log it is. */
  readonly range: LineRange | undefined;
  /** Whether it is in this section. */
  readonly isHere: boolean;
  /** Selects a line that somebody looks at, or all up to it. */
  readonly pick: (number: number, isRange: boolean) => void;
  /** Puts lines into the address. */
  readonly select: (range: LineRange) => void;
}

/** The lines that the address names. */
export function useSelectedLines(section: Section | undefined): SelectedLines {
  const range = readLineRange(here.value.hash);
  const { from = 0, to = Number.POSITIVE_INFINITY } = section ?? {};
  const pick = useCallback((number: number, isRange: boolean): void => {
    const before = isRange ? readLineRange(here.value.hash) : undefined;
    const [first, last] = [before?.first ?? number, before?.last ?? number];
    select({ first: Math.min(first, number), last: before === undefined ? number : Math.max(last, number) });
  }, []);
  return { range, isHere: range !== undefined && range.first > from && range.first <= to, pick, select };
}

function select(range: LineRange): void {
  const { path, search } = here.value;
  go(`${path}${search}${lineHash(range)}`, { replace: true });
}

interface Arrival {
  readonly selected: SelectedLines;
  /** That are there by now. */
  readonly lines: number;
  /** Whether a line is seen as it is: who picked it there stays where they are. */
  readonly isSeen: (line: number) => boolean;
  readonly show: (line: number) => void;
}

/** Shows lines that the address names, as soon as they are there. */
export function useArrival({ selected, lines, isSeen, show }: Arrival): void {
  const { first, last } = (selected.isHere ? selected.range : undefined) ?? {};
  const isThere = first !== undefined && first <= lines;
  const latest = useRef({ isSeen, show });
  latest.current = { isSeen, show };
  useEffect(() => {
    if (isThere && !latest.current.isSeen(first - 1)) latest.current.show(first - 1);
  }, [first, last, isThere]);
}
