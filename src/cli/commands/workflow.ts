import { availableParallelism } from 'node:os';
import { newRunId, type RunEventSink } from '../../kernel/index.ts';
import type { WorkflowSpec } from '../../pipeline/index.ts';
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from '../../workflow/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { findWorkflow, loadWorkflowFile } from '../find-workflow.ts';
import { OF_ONE_RUN } from '../flags/workflow.ts';
import { openEngineFor } from '../open-engine.ts';
import { runStores } from '../open-stores.ts';
import { openOutputs } from '../render/open-outputs.ts';
import { workflowRenderer } from '../render/workflow.ts';
import { readHostEnvironment, readRunRequest } from '../run-request.ts';
import { untilAbandoned } from '../until-abandoned.ts';

async function environmentsOf(
  context: CommandContext,
  { pipelines }: WorkflowSpec,
): Promise<Map<string, ReadonlyMap<string, string>>> {
  const environments = new Map<string, ReadonlyMap<string, string>>();
  for (const { name, envFile } of pipelines) {
    if (envFile === undefined) continue;
    const found = await readHostEnvironment(context, envFile);
    if (found === undefined)
      throw new CommandError(`the envFile of the pipeline ${name} does not exist: ${envFile}`);
    environments.set(name, found);
  }
  return environments;
}

function limitOf({ flags }: CommandContext): number {
  const wanted = flags.number('parallel');
  if (wanted === undefined) return Math.max(2, availableParallelism());
  if (Number.isInteger(wanted)) return wanted;
  throw new UsageError(`--parallel: expected a whole number, found "${flags.text('parallel')}"`);
}

function afterFailure({ flags }: CommandContext): WorkflowRequest['afterFailure'] {
  if (flags.on('fail-fast') && flags.on('keep-going')) {
    throw new UsageError('--fail-fast and --keep-going contradict each other');
  }
  if (flags.on('fail-fast')) return 'stop';
  return flags.on('keep-going') ? 'go-on' : 'finish';
}

function refuseFlagsOfOneRun({ flags }: CommandContext): void {
  if (flags.on('cache'))
    throw new UsageError('--cache: the runs of a workflow are deploys; only builds come from the cache');
  const given = OF_ONE_RUN.find((name) => flags.given(name));
  if (given === undefined) return;
  throw new UsageError(`--${given} is for one run: a workflow has several, named in the file`);
}

async function readRequest(context: CommandContext): Promise<WorkflowRequest> {
  const { flags } = context;
  refuseFlagsOfOneRun(context);
  const policy = { limit: limitOf(context), afterFailure: afterFailure(context) };
  const run = await readRunRequest({ ...context, positionals: [] }, 'deploy');
  const box = {
    ...run.box,
    directMount: flags.on('direct-mount'),
    enableVolumes: flags.on('enable-volumes'),
  };
  const loaded = await loadWorkflowFile(context);
  const workflow = await findWorkflow(context, loaded);
  const environments = await environmentsOf(context, workflow);
  return { ...policy, workflow, environments, run: { ...run, box, definition: loaded } };
}

/** `slipway workflow NAME` */
export async function workflow(context: CommandContext): Promise<number> {
  const request = await readRequest(context);
  await using renderer = workflowRenderer(context, request.workflow);
  await using stores = runStores(context, true);
  const artifactStore = await stores.artifacts();
  const shown = new Map<string, RunEventSink>();
  await using outputs = await openOutputs(context, {
    stores,
    artifactStore,
    show: () => undefined, // the renderer has its own way for each pipeline
    warn: (event) => shown.get(event.runId)?.(event),
  });
  await using engine = await openEngineFor(context);
  const result = await untilAbandoned(context, {
    what: 'all pipelines',
    outputs,
    start: (interrupts) =>
      runWorkflow(request, {
        engine,
        ...(artifactStore !== undefined && { artifactStore }),
        signal: interrupts.signal,
        newRunId,
        onEvent: renderer.onEvent,
        eventsOf: (pipeline) => {
          const show = renderer.eventsOf(pipeline);
          return (event) => {
            shown.set(event.runId, show);
            void outputs.events(event);
            return show(event);
          };
        },
      }),
  });
  return result === undefined ? EXIT.failed : exitCode(result);
}

const exitCode = ({ result }: WorkflowResult): number => (result === 'passed' ? EXIT.passed : EXIT.failed);
