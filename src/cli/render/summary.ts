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
  const name = step.displayName.slice(0, width).padEnd(width);
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

/** The last lines of a run: every step with its time, the result, and one line that says how to look further. */
export function summaryLines(event: RunFinished, steps: readonly FinishedStep[], style: Style): string[] {
  const width = Math.min(MAX_WIDTH, Math.max(0, ...steps.map(({ displayName }) => displayName.length)));
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
