import { liveState } from '../api/changes.ts';

const WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  paused: 'Paused',
  away: 'Offline',
} as const;

const SAYS = {
  connecting: 'The page asks the server to tell it what changes.',
  live: 'The page shows changes as they happen.',
  paused: 'Nobody looks: the page asks again when somebody does.',
  away: 'The server cannot be reached; what is shown may be old.',
} as const;

/** Whether what is shown is fresh. */
export function LiveState() {
  const state = liveState.value;
  return (
    <p class={`live live-${state}`} role="status" title={SAYS[state]}>
      <span class="live-dot" aria-hidden="true" />
      {WORDS[state]}
    </p>
  );
}
