import type { RunEvent, RunEventSink } from '../../kernel/index.ts';
import type { CiMarks } from './ci/marks.ts';
import { waitForDrain } from './drain.ts';
import { eventLines } from './event-lines.ts';
import type { OutputStream } from './output-stream.ts';
import { createPullLine } from './pull-line.ts';
import type { FinishedStep } from './step-table.ts';
import { createStyle } from './style.ts';
import { terminalText } from './terminal-text.ts';

import { createWaitingLine } from './waiting-line.ts';

export interface TerminalOptions {
  /** What steps print. */
  readonly stdout: OutputStream;
  /** What Slipway says. */
  readonly stderr: OutputStream;
  readonly colour: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  /** Leave out what steps print. */
  readonly quiet: boolean;
  readonly currentFolder: string;
  /** Off where something else sums up more than one run. @defaultValue true */
  readonly summary?: boolean;
  /** What a CI system reads in the log. */
  readonly marks: CiMarks;
}

/** Prints the events of a run for a person: plain lines, in the order in which things happen. */
export function terminalRenderer(options: TerminalOptions): RunEventSink {
  const { stdout, stderr, marks } = options;
  const style = createStyle(options.colour);
  const runs = new Map<string, Map<string, FinishedStep>>();
  const pull = createPullLine(stderr, marks.plain);
  const waiting = createWaitingLine(stderr);
  let midLine = false;

  function beginLine(): void {
    waiting.clear();
    if (midLine) stderr.write('\n'); // not to stdout: what steps print stays as it is
    midLine = false;
  }

  function say(text: string): void {
    pull.clear();
    beginLine();
    stderr.write(`${terminalText(text)}\n`);
  }

  function printOutput(event: Extract<RunEvent, { type: 'step-output' }>): void | Promise<void> {
    if (options.quiet || event.bytes.length === 0) return undefined;
    for (const line of marks.before(event)) say(line);
    pull.clear();
    waiting.clear();
    midLine = event.bytes.at(-1) !== 0x0a;
    return stdout.write(marks.output(event.bytes)) ? undefined : waitForDrain(stdout);
  }

  /** The steps of the event's run that have ended so far, each with its last result. */
  function finishedSteps(event: RunEvent): FinishedStep[] {
    const steps = runs.get(event.runId) ?? new Map<string, FinishedStep>();
    runs.set(event.runId, steps);
    if (event.type === 'step-finished') steps.set(event.safeId, event);
    const kept = event.type === 'state-kept' ? steps.get(event.safeId ?? '') : undefined;
    if (kept !== undefined && event.type === 'state-kept') {
      steps.set(event.safeId ?? '', { ...kept, keptMs: event.durationMs });
    }
    if (event.type === 'run-finished') runs.delete(event.runId);
    return [...steps.values()];
  }

  return (event) => {
    if (event.type === 'step-output') return printOutput(event);
    const steps = finishedSteps(event);
    for (const line of marks.before(event)) say(line);
    if (event.type === 'pull-progress') {
      beginLine();
      pull.show(event);
    }
    const isLeftOut = event.type === 'run-finished' && options.summary === false;
    const lines = isLeftOut ? [] : eventLines(event, { style, steps, options });
    for (const line of lines) say(marks.plain(line));
    for (const line of marks.after(event)) say(line);
    waiting.see(event);
    return undefined;
  };
}
