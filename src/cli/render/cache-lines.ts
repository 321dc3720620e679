import {
  type CachedFrom,
  type CacheHit,
  type CacheMissed,
  type CacheSaved,
  formatBytes,
  formatDuration,
} from '../../kernel/index.ts';
import { arrow, type Style } from './style.ts';

/** How much of a key people are shown: enough to tell two of them apart. */
const SHOWN_DIGITS = 12;

const day = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const shortKey = (key: string): string => key.slice(0, SHOWN_DIGITS);

/** What the cache has to say before, beside and after a run. */
export function cacheLines(event: CacheHit | CacheMissed | CacheSaved, style: Style): string[] {
  switch (event.type) {
    case 'cache-hit': {
      const { runId, startedAt, durationMs, cache } = event.from;
      const made = `run ${runId} of ${day(startedAt)} (${formatDuration(durationMs)})`;
      const key = style(`key ${shortKey(event.key)}`, 'dim');
      return [
        arrow(
          style,
          `${style('Cached: nothing runs.', 'green')} This is what ${made} did, from ${cache}; ${key}`,
        ),
      ];
    }
    case 'cache-miss':
      return [arrow(style, `Not cached: ${event.reason}`)];
    case 'cache-saved': {
      const where = ['this machine', ...event.pushedTo].join(', ');
      const size = formatBytes(event.newBytes);
      return [arrow(style, `Cached: kept by ${where} under key ${shortKey(event.key)}, ${size} of it new`)];
    }
  }
}

/** The last line but the result of a run that was taken from the cache. */
export const cachedEnd = ({ runId, startedAt }: CachedFrom, style: Style): string =>
  arrow(
    style,
    `${style('Cached:', 'green')} all this is from run ${runId} of ${day(startedAt)}; without --cache it runs anew`,
  );
