import { signal } from '@preact/signals';
import type { Change } from '../../../src/page/wire.ts';
import { loadSession } from './session.ts';

const CHANGES = '/api/slipway/v1/changes';
// A look at another tab and back keeps the stream. No longer, as browsers have six connections for all tabs of a server.
const HIDDEN_MS = 5_000;
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
export function followChanges(lookWho: () => void = () => void loadSession()): () => void {
  let source: EventSource | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const start = (): void => {
    stop();
    const opened = new EventSource(CHANGES);
    source = opened;
    opened.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      // It may have been started again, as another version or with other clients.
      if (liveState.value === 'away') lookWho();
      liveState.value = 'live';
      // What is shown was asked for before, and may have changed since.
      tell({ kind: 'all' });
    };
    opened.addEventListener('change', ({ data }: MessageEvent<string>) => {
      tell(JSON.parse(data) as Change); // the server's own, of the same version
    });
    opened.onerror = () => {
      liveState.value = 'away';
      // The browser comes back by itself after a cut, and never after a refusal: the session may have ended.
      if (opened.readyState !== EventSource.CLOSED) return;
      lookWho();
      retry = setTimeout(start, retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    };
  };
  const pause = (): void => {
    stop();
    liveState.value = 'paused';
  };
  const onVisibility = (): void => {
    clearTimeout(hiding);
    if (document.visibilityState === 'hidden') hiding = setTimeout(pause, HIDDEN_MS);
    else if (liveState.value !== 'live') {
      liveState.value = 'connecting';
      start();
    }
  };
  document.addEventListener('visibilitychange', onVisibility);
  liveState.value = 'connecting';
  // A tab that was opened behind this one waits until somebody looks at it.
  if (document.visibilityState === 'hidden') pause();
  else start();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    clearTimeout(hiding);
    stop();
  };
}
