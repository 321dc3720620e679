import { formatDuration, type RunFinished } from '../../kernel/index.ts';
import { cachedEnd } from './cache-lines.ts';
import { type FinishedStep, stepTable } from './step-table.ts';
import type { Style } from './style.ts';

/** One line for who wants to see the box in which a step failed. */
function lookFurther({ keptBox }: RunFinished): string {
  if (keptBox === undefined) return 'To look into the box after a failure, run again with --no-remove.';
  return `To look into the box: docker start ${keptBox} && docker exec -it ${keptBox} sh; slipway clean --all removes it.`;
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
  const time = formatDuration(event.durationMs);
  const table = steps.length === 0 ? [] : ['', ...stepTable(steps, { style, columns }), ''];
  if (event.result === 'passed') {
    const { cachedFrom } = event;
    const cached = cachedFrom === undefined ? [] : [cachedEnd(cachedFrom, style)];
    const how = cachedFrom === undefined ? '' : ', cached';
    return [...table, ...cached, style(`Pipeline finished: ${time}${how}`, 'green')];
  }
  const why = event.message === undefined ? [] : [style(`error: ${event.message}`, 'red')];
  const hint = event.hint === undefined ? [] : [`hint: ${event.hint}`];
  const further =
    event.result === 'failed' && steps.some(({ result }) => result === 'failed') ? [lookFurther(event)] : [];
  const verb = event.result === 'interrupted' ? 'interrupted' : 'failed';
  return [...table, ...why, ...hint, ...further, style(`Pipeline ${verb}: ${time}`, 'red')];
}
