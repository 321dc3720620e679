import { Icon, type IconName } from './icon.tsx';

type Tone = 'good' | 'bad' | 'busy' | 'wait' | 'off';

/** How a state looks: never by its colour alone. */
interface Look {
  readonly tone: Tone;
  readonly icon: IconName;
}

const LOOKS: Readonly<Record<string, Look>> = {
  completed: { tone: 'good', icon: 'check' },
  passed: { tone: 'good', icon: 'check' },
  succeeded: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'cross' },
  exception: { tone: 'bad', icon: 'alert' },
  lost: { tone: 'bad', icon: 'alert' },
  running: { tone: 'busy', icon: 'play' },
  pending: { tone: 'wait', icon: 'clock' },
  queued: { tone: 'wait', icon: 'clock' },
  quarantined: { tone: 'wait', icon: 'dash' },
  idle: { tone: 'off', icon: 'dash' },
  unscheduled: { tone: 'off', icon: 'dash' },
  interrupted: { tone: 'off', icon: 'dash' },
  cancelled: { tone: 'off', icon: 'cross' },
  skipped: { tone: 'off', icon: 'dash' },
};

const UNKNOWN: Look = { tone: 'off', icon: 'dash' };

/** The tone of a state, for what has its colour beside a badge. */
export const toneOf = (state: string): Tone => (LOOKS[state] ?? UNKNOWN).tone;

/** The state of a task, run, step or build: its word with a sign in its colour. */
export function StateBadge({ state, note }: { readonly state: string; readonly note?: string | undefined }) {
  const { tone, icon } = LOOKS[state] ?? UNKNOWN;
  return (
    <span class={`badge tone-${tone}${state === 'running' ? ' is-running' : ''}`}>
      <Icon name={icon} />
      {state}
      {note !== undefined && <span class="badge-note">{note}</span>}
    </span>
  );
}
