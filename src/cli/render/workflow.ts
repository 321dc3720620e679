import { once } from 'node:events';
import { formatDuration, type RunEventSink } from '../../kernel/index.ts';
import type { WorkflowPipeline, WorkflowSpec } from '../../pipeline/index.ts';
import type { WorkflowEvent, WorkflowPipelineFinished } from '../../workflow/index.ts';
import type { CommandContext } from '../command.ts';
import { chooseMarks } from './ci/choose-marks.ts';
import { NO_MARKS } from './ci/marks.ts';
import { eventLine, jsonRenderer } from './json.ts';
import { prefixLines } from './line-stream.ts';
import { openEvents, wantsJson } from './open-outputs.ts';
import { arrow, createStyle, type Style, usesColour } from './style.ts';
import { terminalRenderer } from './terminal.ts';
import { terminalText } from './terminal-text.ts';
import { workflowSummary } from './workflow-summary.ts';

/** How the events of a workflow and of its runs are shown. Dispose it when all is over. */
export interface WorkflowRenderer extends AsyncDisposable {
  readonly eventsOf: (pipeline: WorkflowPipeline) => RunEventSink;
  readonly onEvent: (event: WorkflowEvent) => void;
}

/** Lines of several runs in one stream, each with the name of its pipeline; JSON where that is asked for. */
export function workflowRenderer(context: CommandContext, workflow: WorkflowSpec): WorkflowRenderer {
  if (wantsJson(context)) return jsonWorkflow(context, workflow);
  return chooseMarks(context).isCi ? markedWorkflow(context) : prefixedWorkflow(context, workflow);
}

function jsonWorkflow({ stdout }: CommandContext, workflow: WorkflowSpec): WorkflowRenderer {
  return {
    eventsOf: ({ name }) => jsonRenderer(stdout, { workflow: workflow.name, workflowPipeline: name }),
    onEvent: ({ type, at, ...fields }) => {
      stdout.write(eventLine(type, at, fields));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A CI system folds the parts of each run by itself. */
function markedWorkflow(context: CommandContext): WorkflowRenderer {
  const show = openEvents(context, { summary: false });
  return {
    eventsOf: () => show,
    onEvent: tellWorkflow(context.stdout, createStyle(usesColour(context.stdout, context))),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const PREFIX_COLOURS = ['cyan', 'yellow', 'green', 'red'] as const;

function prefixedWorkflow(context: CommandContext, workflow: WorkflowSpec): WorkflowRenderer {
  const { flags, stdout, stderr, currentFolder } = context;
  const colour = usesColour(stderr, context);
  const width = Math.max(...workflow.pipelines.map(({ name }) => name.length));
  const renderers = workflow.pipelines.map(({ name }, index) => {
    const code = PREFIX_COLOURS[index % PREFIX_COLOURS.length] ?? 'cyan';
    const prefixFor = (target: NodeJS.WriteStream): string =>
      `${createStyle(usesColour(target, context))(`${name.padEnd(width)} |`, code)} `;
    const streams = {
      stdout: prefixLines(stdout, prefixFor(stdout)),
      stderr: prefixLines(stderr, prefixFor(stderr)),
    };
    const show = terminalRenderer({
      ...streams,
      colour,
      verbose: flags.on('verbose') || flags.on('debug'),
      debug: flags.on('debug'),
      quiet: flags.on('suppress-build-logs'),
      currentFolder,
      marks: NO_MARKS,
      summary: false,
    });
    return { name, streams, show };
  });
  const ended = async (name: string): Promise<void> => {
    const streams = renderers.find((renderer) => renderer.name === name)?.streams;
    await Promise.all([streams?.stdout, streams?.stderr].map((stream) => stream && endStream(stream)));
  };
  return {
    eventsOf: ({ name }) => {
      const show = renderers.find((renderer) => renderer.name === name)?.show;
      if (show === undefined) throw new Error(`the workflow has no pipeline ${name}`);
      return show;
    },
    onEvent: tellWorkflow(stderr, createStyle(colour)),
    async [Symbol.asyncDispose]() {
      for (const { name } of workflow.pipelines) await ended(name);
    },
  };
}

async function endStream(stream: ReturnType<typeof prefixLines>): Promise<void> {
  if (stream.writableFinished) return;
  stream.end();
  await once(stream, 'finish');
}

function tellWorkflow(stream: NodeJS.WriteStream, style: Style): (event: WorkflowEvent) => void {
  const finished: WorkflowPipelineFinished[] = [];
  return (event) => {
    if (event.type === 'workflow-pipeline-finished') finished.push(event);
    for (const line of workflowLines(event, finished, style)) stream.write(`${terminalText(line)}\n`);
  };
}

function workflowLines(
  event: WorkflowEvent,
  finished: readonly WorkflowPipelineFinished[],
  style: Style,
): string[] {
  switch (event.type) {
    case 'workflow-started':
      return [arrow(style, `Executing workflow: ${style(event.workflow, 'yellow')}`)];
    case 'workflow-pipeline-started':
      return [];
    case 'workflow-pipeline-finished':
      return event.result === 'skipped'
        ? []
        : [
            arrow(
              style,
              `Pipeline ${event.name} ${event.result}: ${style(formatDuration(event.durationMs), 'dim')}`,
            ),
          ];
    case 'workflow-finished':
      return workflowSummary(event, finished, style);
  }
}
