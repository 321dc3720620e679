import { useEffect } from 'preact/hooks';
import { clock } from '../api/clock.ts';
import { toneOf } from '../parts/state-badge.tsx';
import { lengthText, placeOf, type Span, type TimeScale, timeScaleOf } from './time-scale.ts';
import './timeline.css';

/** One bar of a timeline. */
export interface TimelineRow {
  readonly key: string;
  readonly name: string;
  readonly href?: string | undefined;
  readonly state: string;
  readonly span: Span;
  /** Before the span: it waited from then on. */
  readonly waitedFrom?: number | undefined;
}

const MAX_ROWS = 1000;
/** Behind it a phone has no room for words. */
const LAST_SHARE = 0.8;

/** When things began and ended, beside each other. Who does not see bars has the times. */
export function Timeline({ label, rows }: { readonly label: string; readonly rows: readonly TimelineRow[] }) {
  const isLive = rows.some(({ span }) => span.end === undefined);
  useEffect(() => (isLive ? clock.watch() : undefined), [isLive]);
  const now = isLive ? clock.value : 0;
  const shown = rows.slice(0, MAX_ROWS);
  const starts = shown.map(({ span, waitedFrom }) => ({ ...span, start: waitedFrom ?? span.start }));
  const scale = timeScaleOf(starts, now);
  return (
    <section class="timeline" aria-label={label}>
      <div class="timeline-ticks" aria-hidden="true">
        {scale.ticks.map((at) => {
          const share = at / (scale.end - scale.start);
          return (
            <span
              key={at}
              class={share > LAST_SHARE ? 'timeline-tick is-last' : 'timeline-tick'}
              style={{ left: `${share * 100}%` }}
            >
              {lengthText(at)}
            </span>
          );
        })}
      </div>
      <ol class="timeline-rows">
        {shown.map((row) => (
          <Bar key={row.key} row={row} scale={scale} now={now} />
        ))}
      </ol>
      {rows.length > MAX_ROWS && (
        <p class="dim small">
          The first {MAX_ROWS} of {rows.length} are shown.
        </p>
      )}
    </section>
  );
}

function Bar({
  row,
  scale,
  now,
}: {
  readonly row: TimelineRow;
  readonly scale: TimeScale;
  readonly now: number;
}) {
  const { name, href, state, span, waitedFrom } = row;
  const { left, width } = placeOf(span, scale, now);
  const waited =
    waitedFrom === undefined ? undefined : placeOf({ start: waitedFrom, end: span.start }, scale, now);
  const length = lengthText((span.end ?? now) - span.start);
  return (
    <li class="timeline-row">
      <span class="timeline-name" title={name}>
        {href === undefined ? name : <a href={href}>{name}</a>}
      </span>
      <span class="timeline-track" aria-hidden="true">
        {waited !== undefined && (
          <span class="timeline-wait" style={{ left: `${waited.left}%`, width: `${waited.width}%` }} />
        )}
        <span class={`timeline-bar bar-${toneOf(state)}`} style={{ left: `${left}%`, width: `${width}%` }} />
      </span>
      <span class="timeline-time">
        {length}
        <span class="unseen">
          , {state}, began {lengthText(span.start - scale.start)} after the start
        </span>
      </span>
    </li>
  );
}
