import { useId } from 'preact/hooks';
import { serverNow } from '../api/clock.ts';
import { setQuery } from '../router/location.ts';
import { type DayRange, dayOf, daysIn, lastDays } from './range.ts';

const SPANS = [7, 30, 90, 365];

/** Which days: the last ones, or from one to another. */
export function RangePicker({ range }: { readonly range: DayRange }) {
  const id = useId();
  const today = dayOf(serverNow());
  const known = range.to === today ? SPANS.find((days) => days === daysIn(range)) : undefined;
  const choose = (from: string, to: string): void => {
    if (from !== '' && to !== '') setQuery(from <= to ? { from, to } : { from: to, to: from });
  };
  return (
    <div class="filters range">
      <select
        class="select"
        aria-label="Days"
        value={known === undefined ? '' : String(known)}
        onChange={({ currentTarget: { value } }) => {
          const { from, to } = lastDays(Number(value), serverNow());
          choose(from, to);
        }}
      >
        {known === undefined && <option value="">From … to …</option>}
        {SPANS.map((days) => (
          <option key={days} value={String(days)}>
            Last {days} days
          </option>
        ))}
      </select>
      <label for={`${id}-from`}>from</label>
      <input
        id={`${id}-from`}
        type="date"
        class="input"
        max={today}
        value={range.from}
        onChange={({ currentTarget: { value } }) => choose(value, range.to)}
      />
      <label for={`${id}-to`}>to</label>
      <input
        id={`${id}-to`}
        type="date"
        class="input"
        max={today}
        value={range.to}
        onChange={({ currentTarget: { value } }) => choose(range.from, value)}
      />
      <span class="dim small">days of UTC</span>
    </div>
  );
}
