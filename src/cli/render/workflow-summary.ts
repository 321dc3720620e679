import { formatDuration } from '../../kernel/index.ts';
import type { PipelineOutcome } from '../../pipeline/index.ts';
import type { WorkflowFinished, WorkflowPipelineFinished } from '../../workflow/index.ts';
import type { Style } from './style.ts';

const MARK: Readonly<Record<PipelineOutcome, readonly [string, 'green' | 'red' | 'dim' | 'yellow']>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  skipped: ['-', 'dim'],
  interrupted: ['!', 'yellow'],
};

const END_TEXT = { passed: 'finished', failed: 'failed', interrupted: 'interrupted' } as const;

function pipelineLine(
  { name, pipeline, result, startedAfterMs, durationMs }: WorkflowPipelineFinished,
  { width, isCritical, style }: { width: number; isCritical: boolean; style: Style },
): string {
  const [mark, colour] = MARK[result];
  const time = (result === 'skipped' ? 'not run' : formatDuration(durationMs)).padStart(8);
  const start = startedAfterMs === undefined ? '' : `  from ${formatDuration(startedAfterMs)}`;
  const other = name === pipeline ? '' : `  pipeline ${pipeline}`;
  const critical = isCritical ? '  critical path' : '';
  return `  ${style(mark, colour)} ${name.padEnd(width)}  ${time}${style(start + other + critical, 'dim')}`;
}

/** The last lines of a workflow: every pipeline with its result, when it started and how long it took, and the whole. */
export function workflowSummary(
  finished: WorkflowFinished,
  pipelines: readonly WorkflowPipelineFinished[],
  style: Style,
): string[] {
  const width = Math.max(...pipelines.map(({ name }) => name.length));
  const lines = pipelines.map((pipeline) => {
    const isCritical = finished.criticalPath.includes(pipeline.name) && finished.criticalPath.length > 1;
    return pipelineLine(pipeline, { width, isCritical, style });
  });
  const why = pipelines
    .filter(({ result, message }) => result === 'failed' && message !== undefined)
    .map(({ name, message }) =>
      style(`error: Unable to run workflow: unable to run pipeline ${name}: ${message}`, 'red'),
    );
  const colour = finished.result === 'passed' ? 'green' : 'red';
  const total = `Workflow ${END_TEXT[finished.result]}: ${formatDuration(finished.durationMs)}`;
  return ['', ...lines, '', ...why, style(total, colour)];
}
