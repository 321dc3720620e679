import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys/keys.ts';
import { Icon } from '../parts/icon.tsx';
import { go, here } from '../router/location.ts';
import { hitsIn } from './highlight.ts';
import { type LineRange, lineHash, readLineRange } from './line-hash.ts';
import { LinePages } from './line-pages.ts';
import { LiveLines } from './live-lines.tsx';
import './log.css';
import type { OpenLog } from './log-client.ts';
import { LogRow } from './log-row.tsx';
import { LogStatus } from './log-status.tsx';
import { LogTools } from './log-tools.tsx';
import { Selection } from './selection.tsx';
import { useLogWindow } from './use-log-window.ts';
import { useLogState } from './use-open-log.ts';
import { useSearch } from './use-search.ts';

interface LogViewProps {
  readonly log: OpenLog;
  /** What it is, for those who do not see it: `Log of the step test`. */
  readonly label: string;
  /** Of the log as it came. */
  readonly rawUrl: string;
  readonly fileName: string;
  /** Lines of it that are shown, from 0, the last one not in it; absent: all. */
  readonly section?: { readonly from: number; readonly to: number } | undefined;
  /** More of it is to come, and is what people wait for. */
  readonly isLive: boolean;
}

/** A log: any number of lines, of which those are drawn that are seen. */
export function LogView({ log, label, rawUrl, fileName, section, isLive }: LogViewProps) {
  const state = useLogState(log);
  const [isWrapped, setWrapped] = useState(false);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const elements = {
    view: useRef<HTMLDivElement>(null),
    sizer: useRef<HTMLDivElement>(null),
    rows: useRef<HTMLDivElement>(null),
  };
  const from = Math.min(section?.from ?? 0, state.lines);
  const to = Math.max(from, Math.min(section?.to ?? Number.POSITIVE_INFINITY, state.lines));
  const selected = readLineRange(here.value.hash);
  const mine =
    selected !== undefined &&
    selected.first > (section?.from ?? 0) &&
    selected.first <= (section?.to ?? Infinity);
  const shown = useLogWindow(elements, { lines: to - from, isWrapped, startsAtEnd: isLive && !mine });
  const pages = useMemo(
    () => new LinePages({ load: (first, end) => log.lines(first, end), onLoaded: () => redraw(undefined) }),
    [log],
  );
  const first = from + shown.drawn.first;
  const end = first + shown.drawn.count;
  pages.want(first, end, state);
  const base = useRef(from);
  base.current = from;
  const showLine = useCallback((line: number) => shown.show(line - base.current), [shown]);
  const finding = useSearch(log, showLine, () => first);

  const goTo = (range: LineRange): void => {
    const { path, search } = here.value;
    go(`${path}${search}${lineHash(range)}`, { replace: true });
  };
  // Also where the address is that already, and somebody has scrolled away.
  const arriveAt = (range: LineRange): void => {
    goTo(range);
    if (range.first > from && range.first <= to) showLine(range.first - 1);
  };
  const pick = useCallback((number: number, isRange: boolean): void => {
    const before = readLineRange(here.value.hash);
    const range =
      isRange && before !== undefined
        ? { first: Math.min(before.first, number), last: Math.max(before.first, number) }
        : { first: number, last: number };
    picked.current = true;
    goTo(range);
  }, []);
  const picked = useRef(false);
  useArrival({
    selected: mine ? selected : undefined,
    isThere: mine && selected.first <= to,
    showLine,
    picked,
  });
  useMarkInView(elements.view, finding.current, first);
  const focusSearch = (): void =>
    elements.view.current?.closest('.log')?.querySelector<HTMLInputElement>('.log-search-input')?.focus();
  useKeys([
    { keys: '/', says: 'Search the log', run: focusSearch },
    { keys: 'n', says: 'Next match in the log', run: () => finding.found !== undefined && finding.step(1) },
    {
      keys: 'N',
      says: 'Previous match in the log',
      run: () => finding.found !== undefined && finding.step(-1),
    },
    { keys: 'w', says: 'Wrap long lines of the log', run: () => setWrapped(!isWrapped) },
    { keys: 'e', says: 'End of the log, and follow it', run: () => shown.follow(true) },
  ]);

  const matches = finding.found?.matches;
  const rows = [];
  for (let line = first; line < end; line += 1) {
    const hits = matches === undefined ? NO_HITS : hitsIn(matches, line);
    const isCurrent = hits.some(({ index }) => index === finding.current);
    rows.push(
      <LogRow
        key={line}
        number={line + 1}
        line={pages.line(line)}
        hits={hits.length === 0 ? NO_HITS : hits}
        currentHit={isCurrent ? finding.current : undefined}
        isSelected={selected !== undefined && line + 1 >= selected.first && line < selected.last}
        onPick={pick}
      />,
    );
  }
  return (
    <section class={isWrapped ? 'log is-wrapped' : 'log'} aria-label={label}>
      <LogTools {...{ finding, isWrapped, setWrapped, rawUrl, fileName }} onGoTo={arriveAt} />
      {selected !== undefined && mine && <Selection range={selected} log={log} lines={state.lines} />}
      <div class="log-frame">
        <section
          class={digitsClass(state.lines)}
          ref={elements.view}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls what has the focus
          tabIndex={0}
          aria-label={`${label}, lines`}
        >
          <div class="log-sizer" ref={elements.sizer}>
            <div class="log-rows" ref={elements.rows}>
              {rows}
            </div>
          </div>
        </section>
        {!shown.isFollowing && to > 0 && shown.drawn.first + shown.drawn.count < to - from + 1 && (
          <FollowButton isLive={isLive && state.phase !== 'ended'} onClick={() => shown.follow(true)} />
        )}
      </div>
      <LogStatus state={state} lines={to - from} isPart={section !== undefined} onRetry={() => log.retry()} />
      {isLive && shown.isFollowing && <LiveLines log={log} lines={to} />}
    </section>
  );
}

const NO_HITS: readonly never[] = [];

/** As much room for numbers as the longest one needs; classes, since the policy has no styles in attributes. */
const digitsClass = (lines: number): string => `log-view digits-${Math.max(3, String(lines).length)}`;

const FollowButton = ({ isLive, onClick }: { readonly isLive: boolean; readonly onClick: () => void }) => (
  <button type="button" class="log-follow" onClick={onClick}>
    <span class="log-down">
      <Icon name="arrow" />
    </span>
    {isLive ? 'Follow' : 'To the end'}
  </button>
);

interface Arrival {
  readonly selected: LineRange | undefined;
  readonly isThere: boolean;
  readonly showLine: (line: number) => void;
  /** It was picked in the view: it is where it is looked at. */
  readonly picked: { current: boolean };
}

/** Shows lines that the address names, as soon as they are there. */
function useArrival({ selected, isThere, showLine, picked }: Arrival): void {
  const first = selected?.first;
  const last = selected?.last;
  useEffect(() => {
    if (first === undefined || !isThere) return;
    if (!picked.current) showLine(first - 1);
    picked.current = false;
  }, [first, last, isThere]);
}

/** Brings what was found into the view sideways too, when its line is drawn. */
function useMarkInView(
  view: { readonly current: HTMLElement | null },
  current: number | undefined,
  first: number,
): void {
  useEffect(() => {
    if (current === undefined) return;
    const mark = view.current?.querySelector('.log-hit.is-current');
    const frame = view.current;
    if (!mark || frame === null) return;
    const [at, edge] = [mark.getBoundingClientRect(), frame.getBoundingClientRect()];
    if (at.right > edge.right || at.left < edge.left)
      frame.scrollLeft += at.left - edge.left - edge.width / 3;
  }, [current, first]);
}
