import { createReadStream } from 'node:fs';
import { type RunEventBody, visibleText } from '../../kernel/index.ts';
import type { Plan } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import type { TimelineEntry } from './record.ts';

/** What a run told, and the log that has what its steps printed. */
export interface StoredLog {
  readonly timeline: readonly TimelineEntry[];
  /** On this machine, checked. */
  readonly file: string;
}

/** Slipway's own work that is done anew, and tells of itself. */
const DONE_ANEW: ReadonlySet<string> = new Set(['copy source', 'store artifacts']);

/**
 * Tells again what a run told, with its durations, as if it happened in this run: its steps have this plan's ids. What
 * is kept of a log passes the redactor once more.
 */
export async function replay(context: RunContext, plan: Plan, { timeline, file }: StoredLog): Promise<void> {
  const steps = [...plan.steps, ...plan.afterSteps];
  for (const { at: _, step: place, ...entry } of withoutDoneAnew(timeline)) {
    context.signal.throwIfAborted();
    const safeId = place === undefined ? undefined : steps[place]?.safeId;
    if (entry.type === 'output') {
      context.route.safeId = safeId;
      await replayOutput(context, file, entry);
      continue;
    }
    context.flushOutput();
    const event = { ...visibleEntry(entry), at: Date.now(), ...(safeId !== undefined && { safeId }) };
    context.emit(event as RunEventBody); // an entry is an event without its time and its step
  }
  context.flushOutput();
  context.route.safeId = undefined;
}

const visibleLines = (text: string): string =>
  text
    .split(/([\n\t])/)
    .map((part, index) => (index % 2 === 0 ? visibleText(part) : part))
    .join('');

/** What was told by Slipway then is told by whoever wrote to the cache now. What a service printed stays, as what steps did. */
function visibleEntry<E extends { readonly type: string }>(entry: E): object {
  const isPrinted = (name: string): boolean => entry.type === 'service-output' && name === 'text';
  const shown = ([name, value]: [string, unknown]): [string, unknown] => [
    name,
    typeof value === 'string' && !isPrinted(name) ? visibleLines(value) : value,
  ];
  return Object.fromEntries(Object.entries(entry).map(shown));
}

/** Leaves out what is done anew, from where it began to where it ended. */
function* withoutDoneAnew(timeline: readonly TimelineEntry[]): Generator<TimelineEntry, void, undefined> {
  let isDoneAnew = false;
  for (const entry of timeline) {
    if (entry.type === 'phase-started') isDoneAnew = DONE_ANEW.has(entry.phase);
    if (!isDoneAnew) yield entry;
    if (entry.type === 'phase-finished') isDoneAnew = false;
  }
}

async function replayOutput(
  { output }: RunContext,
  file: string,
  { from, bytes }: { readonly from: number; readonly bytes: number },
): Promise<void> {
  if (bytes === 0) return;
  for await (const piece of createReadStream(file, { start: from, end: from + bytes - 1 })) {
    await output(piece as Buffer); // a stream without an encoding gives nothing else
  }
}
