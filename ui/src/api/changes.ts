import { signal } from '@preact/signals';
import type { Change } from '../../../src/page/wire.ts';

const CHANGES = '/api/slipway/v1/changes';
/** A look at another tab and back keeps the stream. */
const HIDDEN_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/**
 * How fresh the page is: `live` as the server tells what changes, `paused` while nobody looks, `away` while the server cannot
 * be reached.
 */
export const liveState = signal<'connecting' | 'live' | 'paused' | 'away'>('connecting');

type Listener = (change: Change) => void;

const listeners = new Set<Listener>();

/** Calls `listener` for each change, until the function that it gives is called. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = (change: Change): void => {
  for (const listener of [...listeners]) listener(change);
};

/** Follows the server's changes while somebody looks at the page, until the function that it gives is called. */
export function followChanges(): () => void {
  let source: EventSource | undefined;
  let retryMs = FIRST_RETRY_MS;
  let mayHaveMissed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const start = (): void => {
    stop();
    const opened = new EventSource(CHANGES);
    source = opened;
    opened.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      liveState.value = 'live';
      if (mayHaveMissed) tell({ kind: 'all' });
      mayHaveMissed = true;
    };
    opened.addEventListener('change', ({ data }: MessageEvent<string>) => {
      tell(JSON.parse(data) as Change); // the server's own, of the same version
    });
    opened.onerror = () => {
      liveState.value = 'away';
      // The browser comes back by itself after a cut, and never after a refusal.
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(start, retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    };
  };
  const onVisibility = (): void => {
    if (document.visibilityState === 'hidden') {
      timer = setTimeout(() => {
        stop();
        liveState.value = 'paused';
      }, HIDDEN_MS);
    } else if (source === undefined || liveState.value !== 'live') {
      liveState.value = 'connecting';
      start();
    } else clearTimeout(timer);
  };
  document.addEventListener('visibilitychange', onVisibility);
  liveState.value = 'connecting';
  start();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    stop();
  };
}
