import { formatDuration, type StepFinished } from '../../kernel/index.ts';
import type { Style } from './style.ts';

export type FinishedStep = Pick<
  StepFinished,
  'displayName' | 'phase' | 'result' | 'durationMs' | 'exitCode' | 'message' | 'detail'
> & {
  /** What it took to keep what the step left. */
  readonly keptMs?: number;
};

const MARK = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
  interrupted: ['!', 'yellow'],
} as const;

const MAX_WIDTH = 48;
const MIN_WIDTH = 8;
/** What stands beside every name: the mark, the gaps and the time. */
const BESIDE = 14;

/** What stands behind the time of a step. */
function remark({ result, exitCode, phase, keptMs }: FinishedStep): string {
  const exit = result === 'failed' && exitCode !== undefined ? `  exit code ${exitCode}` : '';
  const kept = keptMs === undefined ? '' : `  kept in ${Math.round(keptMs)} ms`;
  return phase === 'after' ? `${exit}  after-step` : exit + kept;
}

/** How wide the column of names is: as wide as the longest, where the terminal has room for it. */
function nameWidth(steps: readonly FinishedStep[], columns: number | undefined): number {
  const longest = Math.max(...steps.map(({ displayName }) => displayName.length));
  const beside = BESIDE + Math.max(...steps.map((step) => remark(step).length));
  const room = columns === undefined ? MAX_WIDTH : Math.max(MIN_WIDTH, columns - beside);
  return Math.min(MAX_WIDTH, room, longest);
}

function fitName(name: string, width: number): string {
  const characters = Array.from(name.replaceAll(/\s+/g, ' '));
  const cut = characters.length > width ? [...characters.slice(0, width - 1), '…'] : characters;
  return cut.join('') + ' '.repeat(width - cut.length);
}

function stepLine(step: FinishedStep, width: number, style: Style): string {
  const [mark, code] = MARK[step.result];
  const time = (step.result === 'skipped' ? 'not run' : formatDuration(step.durationMs)).padStart(8);
  const behind = remark(step);
  const shownBehind = behind === '' ? '' : style(behind, 'dim');
  return `  ${style(mark, code)} ${fitName(step.displayName, width)}  ${time}${shownBehind}`;
}

/** Every step with its result and its time. `columns`: of the terminal; absent where there is none. */
export function stepTable(
  steps: readonly FinishedStep[],
  { style, columns }: { readonly style: Style; readonly columns: number | undefined },
): string[] {
  if (steps.length === 0) return [];
  const width = nameWidth(steps, columns);
  return steps.map((step) => stepLine(step, width, style));
}
