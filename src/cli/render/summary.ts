import type { RunFinished, StepFinished } from '../../kernel/index.ts';
import { formatDuration, type Style } from './style.ts';

export type FinishedStep = Pick<
  StepFinished,
  'displayName' | 'phase' | 'result' | 'durationMs' | 'exitCode' | 'message' | 'detail'
>;

const MARK = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
  interrupted: ['!', 'yellow'],
} as const;

function stepLine(step: FinishedStep, width: number, style: Style): string {
  const [mark, code] = MARK[step.result];
  const name = step.displayName.replaceAll(/\s+/g, ' ').slice(0, width).padEnd(width);
  const time = step.result === 'skipped' ? 'not run' : formatDuration(step.durationMs);
  const exit = step.result === 'failed' && step.exitCode !== undefined ? `  exit code ${step.exitCode}` : '';
  const after = step.phase === 'after' ? style('  after-step', 'dim') : '';
  return `  ${style(mark, code)} ${name}  ${time.padStart(8)}${exit}${after}`;
}

/** One line for who wants to see the box in which a step failed. */
function lookFurther({ keptBox }: RunFinished): string {
  if (keptBox === undefined) return 'To look into the box after a failure, run again with --no-remove.';
  return `To look into the box: docker start ${keptBox} && docker exec -it ${keptBox} sh; slipway clean --all removes it.`;
}

const MAX_WIDTH = 48;
/** What stands beside a step's name: the mark, the gaps and the time. */
const BESIDE = 14;
const MIN_WIDTH = 8;

/** How wide the column of names is: as wide as the longest, where the terminal has room for it. */
function nameWidth(steps: readonly FinishedStep[], columns: number | undefined): number {
  const longest = Math.max(0, ...steps.map(({ displayName }) => displayName.length));
  const room = columns === undefined ? MAX_WIDTH : Math.max(MIN_WIDTH, columns - BESIDE);
  return Math.min(MAX_WIDTH, room, longest);
}

export interface SummaryOptions {
  readonly style: Style;
  /** Of the terminal; absent where there is none. */
  readonly columns: number | undefined;
}

/** The last lines of a run: every step with its time, the result, and one line that says how to look further. */
export function summaryLines(
  event: RunFinished,
  steps: readonly FinishedStep[],
  { style, columns }: SummaryOptions,
): string[] {
  const width = nameWidth(steps, columns);
  const time = formatDuration(event.durationMs);
  const table = steps.length === 0 ? [] : ['', ...steps.map((step) => stepLine(step, width, style)), ''];
  if (event.result === 'passed') return [...table, style(`Pipeline finished: ${time}`, 'green')];
  const why = event.message === undefined ? [] : [style(`error: ${event.message}`, 'red')];
  const hint = event.hint === undefined ? [] : [`hint: ${event.hint}`];
  const further =
    event.result === 'failed' && steps.some(({ result }) => result === 'failed') ? [lookFurther(event)] : [];
  const verb = event.result === 'interrupted' ? 'interrupted' : 'failed';
  return [...table, ...why, ...hint, ...further, style(`Pipeline ${verb}: ${time}`, 'red')];
}
