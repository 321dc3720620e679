import { Timeline, type TimelineRow } from '../timeline/timeline.tsx';
import type { RunPart, RunParts } from './steps-of.ts';

/** When the services of a run were ready, and when its phases and steps ran. */
export function PartTimeline({ parts: { parts, services } }: { readonly parts: RunParts }) {
  const rows = [...services, ...parts].flatMap(rowOf).sort((a, b) => a.span.start - b.span.start);
  if (rows.length === 0) return <p class="dim">Nothing has begun yet.</p>;
  return <Timeline label="Timeline of the run" rows={rows} />;
}

function rowOf({ key, name, kind, state, startedAt, finishedAt }: RunPart): TimelineRow[] {
  if (startedAt === undefined) return [];
  const end = finishedAt ?? (state === 'running' ? undefined : startedAt);
  const shownName = kind === 'service' ? `service ${name}` : name;
  return [{ key, name: shownName, state, span: { start: startedAt, end } }];
}
