import { useEffect } from 'preact/hooks';
import { clock } from '../api/clock.ts';
import { ageText, durationText, type Moment, momentText, msOf } from './format.ts';

/** Draws the component that calls it each second, while it is there. */
function useTicks(isTicking: boolean): number {
  useEffect(() => (isTicking ? clock.watch() : undefined), [isTicking]);
  return isTicking ? clock.value : 0;
}

interface DurationProps {
  readonly from: Moment | undefined;
  /** Absent: it goes on. */
  readonly to?: Moment | undefined;
}

/** How long something took, or takes until now; nothing where it has not begun. */
export function Duration({ from, to }: DurationProps) {
  const now = useTicks(from !== undefined && to === undefined);
  if (from === undefined) return null;
  const ms = (to === undefined ? now : msOf(to)) - msOf(from);
  return <span class="duration">{durationText(ms)}</span>;
}

/** How long ago a moment was; the moment itself, in the time of who looks and in UTC, is its title. */
export function Age({ at }: { readonly at: Moment | undefined }) {
  const now = useTicks(at !== undefined);
  if (at === undefined) return null;
  const ms = msOf(at);
  const date = new Date(ms);
  return (
    <time class="age" dateTime={date.toISOString()} title={momentText(date)}>
      {ageText(now - ms)}
    </time>
  );
}
