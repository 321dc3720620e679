import { resolve } from 'node:path';
import { type Diagnostic, suggest } from '../kernel/index.ts';
import { blocksPipeline, type WorkflowSpec } from '../pipeline/index.ts';
import { type LoadedDefinition, loadDefinition } from '../project/index.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { UsageError } from './exit-code.ts';
import { openEvents } from './render/open-outputs.ts';

/** The file that a workflow is read from. */
export async function loadWorkflowFile({ flags, currentFolder }: CommandContext): Promise<LoadedDefinition> {
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
export async function findWorkflow(context: CommandContext, loaded: LoadedDefinition): Promise<WorkflowSpec> {
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
