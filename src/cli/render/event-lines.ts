import { relative } from 'node:path';
import {
  formatDiagnostic,
  formatDuration,
  type Notice,
  type Resumed,
  type RunEvent,
} from '../../kernel/index.ts';
import { cacheLines } from './cache-lines.ts';
import type { OutputStream } from './output-stream.ts';
import { phaseLines } from './phase-lines.ts';
import { stepFinishedLines } from './step-lines.ts';
import type { FinishedStep } from './step-table.ts';
import { arrow, type Style } from './style.ts';
import { summaryLines } from './summary.ts';

export interface LineContext {
  readonly style: Style;
  /** The steps of the event's run that have ended so far. */
  readonly steps: readonly FinishedStep[];
  readonly options: {
    readonly colour: boolean;
    readonly verbose: boolean;
    readonly debug: boolean;
    readonly currentFolder: string;
    /** Where the lines go; says how wide it is when it is a terminal. */
    readonly stderr: Pick<OutputStream, 'columns'>;
  };
}

/** What people read of an event; nothing where it has no line of its own. */
export function eventLines(event: RunEvent, context: LineContext): string[] {
  const { style, options } = context;
  switch (event.type) {
    case 'run-started':
      return [arrow(style, `Executing pipeline: ${style(event.pipeline, 'yellow')}`)];
    case 'phase-started':
      return event.phase === 'setup environment'
        ? [arrow(style, `Running step: ${style(event.phase, 'yellow')}`)]
        : [];
    case 'phase-finished':
      return phaseLines(event, { style, verbose: options.verbose });
    case 'diagnosed':
      return [formatDiagnostic(event.diagnostic, event.source, { colour: options.colour }), ''];
    case 'notice':
      return noticeLines(event, context);
    case 'service-ready':
      return options.verbose
        ? [`Service "${event.service}" ready after ${formatDuration(event.durationMs)}: ${event.probe}`]
        : [];
    case 'service-output':
      return event.text.split('\n').map((line) => `${style(`[${event.service}]`, 'dim')} ${line}`);
    case 'step-started': {
      const what = event.phase === 'after' ? 'after-step' : 'step';
      return [arrow(style, `Running ${what}: ${style(event.displayName, 'yellow')}`)];
    }
    case 'step-finished':
      return stepFinishedLines(event, style);
    case 'state-kept':
      return options.verbose ? [`Kept the state "${event.name}" in ${Math.round(event.durationMs)} ms`] : [];
    case 'held':
      return [arrow(style, `${style('Held', 'yellow')} at ${event.displayName}: box and services stay up`)];
    case 'resumed':
      return [arrow(style, resumedText(event))];
    case 'after-steps-started':
      return [arrow(style, 'Starting after-steps')];
    case 'artifact-stored': {
      if (event.safeId !== undefined || event.folder === undefined) return []; // what steps leave is silent
      const files = event.files === 1 ? '1 file' : `${event.files} files`;
      return [arrow(style, `Artifact: ${files} in ${relative(options.currentFolder, event.folder) || '.'}`)];
    }
    case 'cache-hit':
    case 'cache-miss':
    case 'cache-saved':
      return cacheLines(event, style);
    case 'run-finished':
      // A terminal may not know how wide it is, and say 0.
      return summaryLines(event, context.steps, { style, columns: options.stderr.columns || undefined });
    case 'run-planned':
    case 'step-output':
    case 'pull-progress':
      return []; // not lines of their own
  }
}

function resumedText({ choice, by, next }: Resumed): string {
  const who = by === 'timeout' ? 'nobody came' : by === 'interrupt' ? 'interrupted' : choice;
  return next === undefined ? `Held no longer: ${who}` : `Held no longer: ${who}, next is ${next}`;
}

function noticeLines({ level, text }: Notice, { style, options }: LineContext): string[] {
  switch (level) {
    case 'debug':
      return options.verbose || options.debug ? [text] : [];
    case 'info':
      return [text];
    case 'warning':
      return [`${style('warning:', 'yellow')} ${text}`];
    case 'error':
      return [`${style('error:', 'red')} ${text}`];
  }
}
