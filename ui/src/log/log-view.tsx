import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys/keys.ts';
import { Icon } from '../parts/icon.tsx';
import type { LineRange } from './line-hash.ts';
import { LinePages } from './line-pages.ts';
import { LiveLines } from './live-lines.tsx';
import './log.css';
import type { OpenLog } from './log-client.ts';
import { LogRows } from './log-rows.tsx';
import { LogStatus } from './log-status.tsx';
import { LogTools } from './log-tools.tsx';
import { Selection } from './selection.tsx';
import { type LogWindow, useLogWindow } from './use-log-window.ts';
import { useLogState } from './use-open-log.ts';
import { type LogFinding, useSearch } from './use-search.ts';
import { type Section, useArrival, useSelectedLines } from './use-selected-lines.ts';

export interface LogViewProps {
  readonly log: OpenLog;
  /** What it is, for those who do not see it: `Log of the step test`. */
  readonly label: string;
  /** Of the log as it came. */
  readonly rawUrl: string;
  readonly fileName: string;
  /** What of it is shown; absent: all. */
  readonly section?: Section | undefined;
  /** More of it is to come, and is what people wait for. */
  readonly isLive: boolean;
}

/** A log: any number of lines, of which those are drawn that are seen. */
export function LogView({ log, label, rawUrl, fileName, section, isLive }: LogViewProps) {
  const state = useLogState(log);
  const [isWrapped, setWrapped] = useState(false);
  // Its last lines come when it is not live any more.
  const wasLive = useRef(isLive);
  wasLive.current ||= isLive;
  const elements = {
    view: useRef<HTMLDivElement>(null),
    sizer: useRef<HTMLDivElement>(null),
    rows: useRef<HTMLDivElement>(null),
  };
  const from = Math.min(section?.from ?? 0, state.lines);
  const to = Math.max(from, Math.min(section?.to ?? Number.POSITIVE_INFINITY, state.lines));
  const selected = useSelectedLines(section);
  const startsAtEnd = isLive && !selected.isHere;
  const shown = useLogWindow(elements, { lines: to - from, isWrapped, startsAtEnd });
  const { pages, failure } = usePages(log);
  const first = from + shown.drawn.first;
  const end = first + shown.drawn.count;
  pages.want(first, end, state);
  const show = (line: number): void => shown.show(line - from);
  const finding = useSearch(log, show, () => first);
  useArrival({ selected, lines: to, show, isSeen: (line) => shown.isSeen(line - from) });
  useMarkInView(elements.view, finding);
  useLogKeys(elements.view, { finding, shown, toggleWrap: () => setWrapped(!isWrapped) });
  // Also where the address is that already, and somebody has scrolled away.
  const goTo = (range: LineRange): void => {
    selected.select(range);
    if (range.first > from && range.first <= to) show(range.first - 1);
  };
  return (
    <section class={isWrapped ? 'log is-wrapped' : 'log'} aria-label={label}>
      <LogTools {...{ finding, isWrapped, setWrapped, rawUrl, fileName }} onGoTo={goTo} />
      {selected.range !== undefined && selected.isHere && (
        <Selection range={selected.range} log={log} lines={state.lines} />
      )}
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
              <LogRows {...{ first, end, pages, finding, selected }} />
            </div>
          </div>
        </section>
        {!shown.isFollowing && !shown.isWhole && (
          <FollowButton isLive={isLive && state.phase !== 'ended'} onClick={() => shown.follow(true)} />
        )}
      </div>
      <LogStatus
        state={state}
        lines={to - from}
        isLive={isLive}
        wasLive={wasLive.current}
        isPart={section !== undefined}
        failure={failure}
        onRetry={() => {
          log.retry();
          pages.retry();
        }}
      />
      {wasLive.current && shown.isFollowing && <LiveLines log={log} lines={to} />}
    </section>
  );
}

/** The lines of a log that are near, and why some could not be had. */
function usePages(log: OpenLog): { readonly pages: LinePages; readonly failure: string | undefined } {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const pages = useMemo(
    () => new LinePages({ load: (from, to) => log.lines(from, to), onChange: () => redraw(undefined) }),
    [log],
  );
  return { pages, failure: pages.failure };
}

interface LogKeys {
  readonly finding: LogFinding;
  readonly shown: LogWindow;
  readonly toggleWrap: () => void;
}

function useLogKeys(
  view: { readonly current: HTMLElement | null },
  { finding, shown, toggleWrap }: LogKeys,
): void {
  const step = (by: 1 | -1) => () => (finding.found === undefined ? false : finding.step(by));
  const focusSearch = (): void =>
    view.current?.closest('.log')?.querySelector<HTMLInputElement>('.log-search-input')?.focus();
  useKeys([
    { keys: '/', says: 'Search the log', run: focusSearch },
    { keys: 'n', says: 'Next match in the log', run: step(1) },
    { keys: 'N', says: 'Previous match in the log', run: step(-1) },
    { keys: 'w', says: 'Wrap long lines of the log', run: toggleWrap },
    { keys: 'e', says: 'End of the log, and follow it', run: () => shown.follow(true) },
  ]);
}

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

/** Brings what was found into the view sideways too, once its line is drawn: that may be some drawings later. */
function useMarkInView(view: { readonly current: HTMLElement | null }, { place }: LogFinding): void {
  const shown = useRef<unknown>(undefined);
  useEffect(() => {
    const frame = view.current;
    const mark = shown.current === place ? null : frame?.querySelector('.log-hit.is-current');
    if (!mark || frame === null) return;
    shown.current = place;
    const [at, edge] = [mark.getBoundingClientRect(), frame.getBoundingClientRect()];
    if (at.right > edge.right || at.left < edge.left)
      frame.scrollLeft += at.left - edge.left - edge.width / 3;
  });
}
