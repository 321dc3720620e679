import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type Diagnostic, newRunId, suggest } from '../../kernel/index.ts';
import { blocksPipeline, type WorkflowSpec } from '../../pipeline/index.ts';
import { type LoadedDefinition, loadDefinition } from '../../project/index.ts';
import { runWorkflow, type WorkflowRequest, type WorkflowResult } from '../../workflow/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { OF_ONE_RUN } from '../flags/workflow.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openEngineFor } from '../open-engine.ts';
import { openEvents, openOutputs } from '../render/open-outputs.ts';
import { workflowRenderer } from '../render/workflow.ts';
import { readHostEnvironment, readRunRequest } from '../run-request.ts';

async function load({ flags, currentFolder }: CommandContext): Promise<LoadedDefinition> {
  const configFile = flags.text('wercker-yml');
  return await loadDefinition({
    ...(configFile === undefined ? {} : { configFile: resolve(currentFolder, configFile) }),
    folders: [currentFolder],
    currentFolder,
  });
}

function workflowName({ positionals }: CommandContext, { definition }: LoadedDefinition): string {
  const [name] = positionals;
  if (name !== undefined) return name;
  const names = [...(definition?.workflows.keys() ?? [])];
  const known = names.length === 0 ? 'the file has none' : `the file has ${names.join(', ')}`;
  throw new UsageError(`Missing workflow name to run: ${known}`);
}

/** Whether a mistake in the file keeps this workflow from running. */
function blocks(diagnostic: Diagnostic, name: string, workflow: WorkflowSpec | undefined): boolean {
  if (diagnostic.severity !== 'error') return false;
  if (diagnostic.workflow !== undefined) return diagnostic.workflow === name;
  return workflow === undefined
    ? diagnostic.pipeline === undefined
    : workflow.pipelines.some(({ pipelineName }) => blocksPipeline(diagnostic, pipelineName));
}

/** The workflow to run; every mistake that concerns it is told. Throws `CommandError` where it cannot run. */
async function findWorkflow(context: CommandContext, loaded: LoadedDefinition): Promise<WorkflowSpec> {
  const name = workflowName(context, loaded);
  const { definition, diagnostics, file } = loaded;
  const workflow = definition?.workflows.get(name);
  const blocking = diagnostics.filter((diagnostic) => blocks(diagnostic, name, workflow));
  if (blocking.length > 0) {
    await tell(context, loaded, blocking);
    throw new CommandError(`Unable to run workflow: ${whyNot(name, blocking, file)}`);
  }
  if (workflow === undefined) throw noWorkflow(context, loaded, name);
  const doubtful = diagnostics.filter((each) => each.workflow === undefined || each.workflow === name);
  await tell(
    context,
    loaded,
    doubtful.map((each) => ({ ...each, severity: 'warning' })),
  );
  return workflow;
}

async function tell(
  context: CommandContext,
  { text }: LoadedDefinition,
  diagnostics: readonly Diagnostic[],
): Promise<void> {
  const show = openEvents(context);
  for (const diagnostic of diagnostics)
    await show({ type: 'diagnosed', at: Date.now(), runId: '', diagnostic, source: text });
}

/** In the words of the original where the workflow itself is wrong; the first mistake stands for all of them. */
function whyNot(name: string, blocking: readonly Diagnostic[], file: string): string {
  const own = blocking.find(({ workflow }) => workflow === name);
  const more = blocking.length === 1 ? '' : ` (${blocking.length} mistakes)`;
  if (own === undefined)
    return `${file} has ${blocking.length === 1 ? 'a mistake' : `${blocking.length} mistakes`}`;
  return `invalid workflow: ${own.message.replace(/^invalid workflow [^:]*: /, '')}${more}`;
}

function noWorkflow(
  { currentFolder }: CommandContext,
  { definition, file }: LoadedDefinition,
  name: string,
): CommandError {
  const names = [...(definition?.workflows.keys() ?? [])];
  const near = suggest(name, names);
  const known = names.length === 0 ? 'it has no workflow that can run' : `it has ${names.join(', ')}`;
  const path = resolve(currentFolder, file);
  return new CommandError(
    `Unable to run workflow: ${path} does not contain workflow ${name}`,
    near === undefined ? known : `did you mean "${near}"?`,
  );
}

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
  const loaded = await load(context);
  const workflow = await findWorkflow(context, loaded);
  const environments = await environmentsOf(context, workflow);
  return { ...policy, workflow, environments, run: { ...run, box, definition: loaded } };
}

/** `slipway workflow NAME` */
export async function workflow(context: CommandContext): Promise<number> {
  const request = await readRequest(context);
  await using renderer = workflowRenderer(context, request.workflow);
  await using outputs = await openOutputs(context, () => undefined);
  await using engine = await openEngineFor(context);
  const forced = Promise.withResolvers<undefined>();
  using interrupts = listenForInterrupts({
    onFirst: () =>
      context.stderr.write('\nStopping all pipelines and cleaning up; once more to stop at once.\n'),
    onSecond: () => forced.resolve(undefined),
  });
  const running = runWorkflow(request, {
    engine,
    signal: interrupts.signal,
    newRunId,
    onEvent: renderer.onEvent,
    eventsOf: (pipeline) => {
      const show = renderer.eventsOf(pipeline);
      return (event) => {
        void outputs.events(event);
        return show(event);
      };
    },
  });
  const result = await Promise.race([running, forced.promise]);
  if (result !== undefined) return exitCode(result);
  context.stderr.write('Exiting forcefully, containers and data may not have been cleaned up\n');
  outputs.hurry();
  running.catch(() => undefined);
  return EXIT.failed;
}

const exitCode = ({ result }: WorkflowResult): number => (result === 'passed' ? EXIT.passed : EXIT.failed);
