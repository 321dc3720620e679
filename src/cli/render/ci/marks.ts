import type { RunEvent } from '../../../kernel/index.ts';

/** How a log tells one CI system where its parts begin and end, and what went wrong. One per log. */
export interface CiMarks {
  /** Lines to print before what people read of an event; asked for once for every event. */
  before(event: RunEvent): readonly string[];
  /** Lines to print behind it. */
  after(event: RunEvent): readonly string[];
  /** A line of Slipway's own, without anything in it that the system would take for a command. */
  plain(line: string): string;
  /** The same for what a step prints, piece by piece; the rest of it comes with `before` of the next event. */
  output(bytes: Buffer): Buffer;
}

/** For a log that only people read. */
export const NO_MARKS: CiMarks = {
  before: () => [],
  after: () => [],
  plain: (line) => line,
  output: (bytes) => bytes,
};

/** What a part of the log is called; `undefined` where an event begins none. */
export function partTitle(event: RunEvent): string | undefined {
  if (event.type === 'phase-started') return event.phase === 'setup environment' ? event.phase : undefined;
  if (event.type !== 'step-started') return undefined;
  return event.phase === 'after' ? `after-step: ${event.displayName}` : `step: ${event.displayName}`;
}

/** Whether the part that is open ends with this event. */
export function endsPart(event: RunEvent): boolean {
  if (event.type === 'phase-finished') return event.phase === 'setup environment';
  return event.type === 'step-finished' && event.result !== 'skipped';
}

/** Why a step did not pass, in one line; `undefined` for one that did, or that did not run. */
export function stepProblem(event: RunEvent): string | undefined {
  if (event.type !== 'step-finished' || event.result === 'passed' || event.result === 'skipped') {
    return undefined;
  }
  const why = [event.message?.trim(), event.detail].filter((text) => text !== undefined && text !== '');
  return why.length === 0 ? `the step was ${event.result}` : why.join(': ');
}
