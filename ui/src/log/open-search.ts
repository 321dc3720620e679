import type { HeldLog } from './held-log.ts';
import { LogSearch } from './log-search.ts';
import { threadMatcher } from './matcher.ts';
import type { Found } from './protocol.ts';

const LIMIT_MS = 2_000; // for 256 KiB, which take an honest expression some milliseconds

/** Searches a log by a thread that is ended where an expression takes too long. */
export const openSearch = (log: HeldLog, report: (id: number, found: Found) => void): LogSearch =>
  new LogSearch({
    log,
    matcher: () =>
      threadMatcher(
        () => new Worker(new URL('./match-worker.ts', import.meta.url), { type: 'module' }),
        LIMIT_MS,
      ),
    report,
    now: () => performance.now(),
  });
