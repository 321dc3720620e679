import { relative } from 'node:path';
import { formatDiagnostic, type RunEvent, type RunEventSink, type StepFinished } from '../../kernel/index.ts';
import { waitForDrain } from './drain.ts';
import { createPullLine } from './pull-line.ts';
import { createStyle, formatDuration, type Style } from './style.ts';
import { type FinishedStep, summaryLines } from './summary.ts';

export interface TerminalOptions {
  /** What steps print. */
  readonly stdout: NodeJS.WriteStream;
  /** What Slipway says. */
  readonly stderr: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  /** Leave out what steps print. */
  readonly quiet: boolean;
  readonly currentFolder: string;
}

const PHASE_DONE: Readonly<Record<string, string>> = {
  'copy source': 'Copied working directory',
  'setup environment': 'Set up environment',
  'store artifacts': 'Stored artifacts',
  'store cache': 'Stored cache',
  commit: 'Committed',
  'clean up': 'Cleaned up',
};

const QUIET_PHASES = new Set(['store cache', 'clean up']);

/** Prints the events of a run for a person: plain lines, in the order in which things happen. */
export function terminalRenderer(options: TerminalOptions): RunEventSink {
  const style = createStyle(options.colour);
  const steps: FinishedStep[] = [];
  const pull = createPullLine(options.stderr);
  let midLine = false;

  function say(text: string): void {
    pull.clear();
    if (midLine) options.stderr.write('\n'); // not to stdout: what steps print stays as it is
    midLine = false;
    options.stderr.write(`${text}\n`);
  }

  function printOutput(bytes: Buffer): void | Promise<void> {
    if (options.quiet || bytes.length === 0) return undefined;
    midLine = bytes.at(-1) !== 0x0a;
    return options.stdout.write(bytes) ? undefined : waitForDrain(options.stdout);
  }

  return (event) => {
    if (event.type === 'step-output') return printOutput(event.bytes);
    if (event.type === 'pull-progress') return pull.show(event);
    if (event.type === 'step-finished') {
      steps.push(event);
      if (event.result === 'skipped') return undefined;
    }
    for (const line of lines(event, { style, steps, options })) say(line);
    return undefined;
  };
}

interface LineContext {
  readonly style: Style;
  readonly steps: readonly FinishedStep[];
  readonly options: TerminalOptions;
}

const arrow = (style: Style, text: string): string => `${style('-->', 'bold')} ${text}`;

function lines(event: RunEvent, context: LineContext): string[] {
  const { style, options } = context;
  switch (event.type) {
    case 'run-started':
      return [arrow(style, `Executing pipeline: ${style(event.pipeline, 'yellow')}`)];
    case 'phase-started':
      return event.phase === 'setup environment'
        ? [arrow(style, `Running step: ${style(event.phase, 'yellow')}`)]
        : [];
    case 'phase-finished':
      return phaseLines(event, context);
    case 'diagnosed':
      return [formatDiagnostic(event.diagnostic, event.source, { colour: options.colour }), ''];
    case 'notice':
      return noticeLines(event, context);
    case 'step-started':
      return [
        arrow(
          style,
          `Running ${event.phase === 'after' ? 'after-step' : 'step'}: ${style(event.displayName, 'yellow')}`,
        ),
      ];
    case 'step-finished':
      return stepLines(event, style);
    case 'after-steps-started':
      return [arrow(style, 'Starting after-steps')];
    case 'artifact-stored':
      return [
        arrow(
          style,
          `Artifact: ${event.files === 1 ? '1 file' : `${event.files} files`} in ${relative(options.currentFolder, event.folder) || '.'}`,
        ),
      ];
    case 'run-finished':
      return summaryLines(event, context.steps, style);
    case 'run-planned':
    case 'step-output':
    case 'pull-progress':
      return []; // not lines of their own
  }
}

function phaseLines(
  event: Extract<RunEvent, { type: 'phase-finished' }>,
  { style, options }: LineContext,
): string[] {
  const time = formatDuration(event.durationMs);
  if (event.result === 'failed') return [arrow(style, style(`Step failed: ${event.phase} ${time}`, 'red'))];
  if (QUIET_PHASES.has(event.phase) && !options.verbose) return [];
  return [arrow(style, `${PHASE_DONE[event.phase] ?? event.phase}: ${time}`)];
}

function noticeLines(
  event: Extract<RunEvent, { type: 'notice' }>,
  { style, options }: LineContext,
): string[] {
  switch (event.level) {
    case 'debug':
      return options.verbose || options.debug ? [event.text] : [];
    case 'info':
      return [event.text];
    case 'warning':
      return [`${style('warning:', 'yellow')} ${event.text}`];
    case 'error':
      return [`${style('error:', 'red')} ${event.text}`];
  }
}

function stepLines(event: StepFinished, style: Style): string[] {
  const what = event.phase === 'after' ? 'After-step' : 'Step';
  const time = formatDuration(event.durationMs);
  if (event.result === 'passed') {
    const message = event.message === undefined ? [] : [event.message.trimEnd()];
    return [
      ...message,
      arrow(style, `${style(`${what} passed:`, 'green')} ${event.displayName} ${style(time, 'dim')}`),
    ];
  }
  const why = [event.message?.trimEnd(), event.detail].filter((text) => text !== undefined && text !== '');
  const verb = event.result === 'interrupted' ? 'interrupted' : 'failed';
  return [
    ...(why.length === 0 ? [] : [arrow(style, style(why.join(': '), 'red'))]),
    arrow(style, `${style(`${what} ${verb}:`, 'red')} ${event.displayName} ${style(time, 'dim')}`),
  ];
}
