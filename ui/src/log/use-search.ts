import { useCallback, useEffect, useState } from 'preact/hooks';
import { firstMatchFrom } from './highlight.ts';
import type { OpenLog } from './log-client.ts';
import type { Found, LogQuery } from './protocol.ts';

export interface LogFinding {
  readonly query: LogQuery;
  readonly setQuery: (query: Partial<LogQuery>) => void;
  readonly found: Found | undefined;
  /** Which of what was found is looked at. */
  readonly current: number | undefined;
  /** Goes to the next one, or the one before. */
  readonly step: (by: 1 | -1) => void;
}

const TYPING_MS = 150;
const NOTHING: LogQuery = { text: '', isRegExp: false, isCaseSensitive: false };

/** What is looked for in a log, and where it was found. `show` is told the line that is looked at next. */
export function useSearch(log: OpenLog, show: (line: number) => void, lineNow: () => number): LogFinding {
  const [query, setWhole] = useState(NOTHING);
  const [found, setFound] = useState<Found>();
  const [current, setCurrent] = useState<number>();
  const setQuery = useCallback(
    (part: Partial<LogQuery>) => setWhole((before) => ({ ...before, ...part })),
    [],
  );
  useEffect(() => {
    setCurrent(undefined);
    if (query.text === '') setFound(undefined);
    const timer = setTimeout(() => log.search(query, setFound), query.text === '' ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [log, query]);
  const step = (by: 1 | -1): void => {
    const total = (found?.matches.length ?? 0) / 3;
    if (found === undefined || total === 0) return;
    const from = current ?? firstMatchFrom(found.matches, lineNow()) - (by === 1 ? 1 : 0);
    const next = (from + by + total) % total;
    setCurrent(next);
    show(found.matches[next * 3] ?? 0);
  };
  return { query, setQuery, found: query.text === '' ? undefined : found, current, step };
}
