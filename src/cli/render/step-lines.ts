import { formatDuration, type StepFinished } from '../../kernel/index.ts';
import { arrow, type Style } from './style.ts';

/** How a step ended, and why; nothing for one that did not run, the summary names it. */
export function stepFinishedLines(event: StepFinished, style: Style): string[] {
  if (event.result === 'skipped') return [];
  const what = event.phase === 'after' ? 'After-step' : 'Step';
  const time = formatDuration(event.durationMs);
  if (event.result === 'passed') {
    const message = event.message === undefined ? [] : [event.message.trimEnd()];
    const line = `${style(`${what} passed:`, 'green')} ${event.displayName} ${style(time, 'dim')}`;
    return [...message, arrow(style, line)];
  }
  const why = [event.message?.trim(), event.detail].filter((text) => text !== undefined && text !== '');
  const verb = event.result === 'interrupted' ? 'interrupted' : 'failed';
  return [
    ...(why.length === 0 ? [] : [arrow(style, style(why.join(': '), 'red'))]),
    arrow(style, `${style(`${what} ${verb}:`, 'red')} ${event.displayName} ${style(time, 'dim')}`),
  ];
}
