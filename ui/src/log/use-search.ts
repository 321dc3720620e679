import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { firstMatchFrom } from './highlight.ts';
import type { OpenLog } from './log-client.ts';
import type { Found, LogQuery } from './protocol.ts';

export interface LogFinding {
  readonly query: LogQuery;
  readonly setQuery: (query: Partial<LogQuery>) => void;
  readonly found: Found | undefined;
  /** Which of what was found is looked at. */
  readonly current: number | undefined;
  /** Another one each time that somebody went to one. */
  readonly place: object | undefined;
  /** Goes to the next one, or the one before: as soon as there is one, where it is still looked for. */
  readonly step: (by: 1 | -1) => void;
}

const TYPING_MS = 150;
const NOTHING: LogQuery = { text: '', isRegExp: false, isCaseSensitive: false };

/** What is looked for in a log, and where it was found. `show` is told the line that is looked at next. */
export function useSearch(log: OpenLog, show: (line: number) => void, lineNow: () => number): LogFinding {
  const [query, setWhole] = useState(NOTHING);
  // Each with what it is of: what is drawn, typed and found overtake each other.
  const [answer, setAnswer] = useState<OfQuery<{ readonly found: Found }>>();
  const [place, setPlace] = useState<OfQuery<{ readonly current: number }>>();
  const wanted = useRef<OfQuery<{ readonly by: 1 | -1 }> | undefined>(undefined);
  const setQuery = useCallback(
    (part: Partial<LogQuery>) => setWhole((before) => ({ ...before, ...part })),
    [],
  );
  useEffect(() => {
    if (query.text === '') setAnswer(undefined);
    const search = (): void => log.search(query, (found) => setAnswer({ query, found }));
    const timer = setTimeout(search, query.text === '' ? 0 : TYPING_MS);
    return () => clearTimeout(timer);
  }, [log, query]);
  // What was found of the text before is shown until there is something of this one; nobody is led there.
  const found = answer?.query === query ? answer.found : undefined;
  const current = place?.query === query ? place.current : undefined;
  const step = (by: 1 | -1): void => {
    const total = (found?.matches.length ?? 0) / 3;
    const isToCome = found === undefined || (!found.isDone && (total === 0 || by === -1));
    // Whoever types and presses Enter does not wait for what is found.
    wanted.current = isToCome && current === undefined ? { query, by } : undefined;
    if (found === undefined || total === 0 || wanted.current !== undefined) return;
    const from = current ?? firstMatchFrom(found.matches, lineNow()) - (by === 1 ? 1 : 0);
    const next = (from + by + total) % total;
    setPlace({ query, current: next });
    show(found.matches[next * 3] ?? 0);
  };
  useEffect(() => {
    if (wanted.current?.query === query) step(wanted.current.by);
  }, [answer]);
  return { query, setQuery, found: query.text === '' ? undefined : answer?.found, current, place, step };
}

type OfQuery<T> = T & { readonly query: LogQuery };
