import { randomUUID } from 'node:crypto';
import type { Diagnostic } from '../kernel/index.ts';
import {
  blocksPipeline,
  type PipelineTarget,
  type Plan,
  planPipeline,
  type ResolvedStep,
  resolveTarget,
  type StepSpec,
} from '../pipeline/index.ts';
import { type LoadedDefinition, loadDefinition } from '../project/index.ts';
import { resolveStep } from '../steps/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { folderRootOf, refusedOnFleet, requireOwnFiles } from './fleet.ts';

/** What it takes to find out what will run; no engine. */
export interface PrepareContext extends Pick<RunContext, 'request' | 'signal' | 'emit' | 'notice'> {
  readonly folder: Pick<RunContext['folder'], 'project' | 'steps'>;
}

export interface PreparedPlan {
  readonly plan: Plan;
  /** As the file names it. */
  readonly ignoreFile?: string;
  readonly loaded: LoadedDefinition;
  readonly target: PipelineTarget;
}

/** Reads the file, finds its steps and puts the plan together. Every mistake is told before `RunError` is thrown. */
export async function preparePlan(context: PrepareContext): Promise<PreparedPlan> {
  const loaded = await load(context);
  const target = withoutDevSteps(context, chooseTarget(context, loaded));
  const resolved = await resolveSteps(context, [...target.steps, ...target.afterSteps]);
  const { limits, sourceDir } = context.request;
  const planned = planPipeline({
    target,
    resolved,
    sourceDir,
    commandTimeoutMinutes: limits.commandTimeoutMinutes,
    noResponseTimeoutMinutes: limits.noResponseTimeoutMinutes,
    newId: randomUUID,
  });
  if (!planned.ok) throw invalidFile(context, loaded, planned.error);
  diagnose(context, loaded, planned.value.warnings);
  const ignoreFile = target.definition.ignoreFile;
  return { plan: planned.value, loaded, target, ...(ignoreFile === undefined ? {} : { ignoreFile }) };
}

async function load(context: PrepareContext): Promise<LoadedDefinition> {
  const { request, folder } = context;
  const source = request.source.type === 'folder' ? request.source.folder : folder.project;
  if (request.definition !== undefined) return request.definition;
  const fallback = request.fallbackConfigFolder;
  const folders = fallback === undefined ? [source] : [source, fallback];
  await requireOwnFiles(request, folders);
  return await loadDefinition({
    ...(request.configFile === undefined ? {} : { configFile: request.configFile }),
    folders,
    currentFolder: request.currentFolder,
    useDefault: request.defaultFile ?? false,
  });
}

function chooseTarget(context: PrepareContext, loaded: LoadedDefinition): PipelineTarget {
  const { pipeline, deployTarget, checkWorkflows = false } = context.request;
  const { definition } = loaded;
  const diagnostics = loaded.diagnostics.filter(({ workflow }) => workflow === undefined || checkWorkflows);
  const blocks = (diagnostic: Diagnostic): boolean =>
    blocksPipeline(diagnostic, pipeline) ||
    (diagnostic.workflow !== undefined && diagnostic.severity === 'error');
  if (definition === undefined || diagnostics.some(blocks)) throw invalidFile(context, loaded, diagnostics);
  if (context.request.definition === undefined) diagnose(context, loaded, diagnostics.map(asWarning));
  const target = resolveTarget({
    definition,
    pipeline,
    ...(deployTarget === undefined ? {} : { deployTarget }),
  });
  if (!target.ok) throw invalidFile(context, loaded, target.error);
  const refused = refusedOnFleet(context.request, target.value);
  if (refused.length > 0) throw invalidFile(context, loaded, refused);
  return target.value;
}

/** A mistake in another pipeline does not keep this one from running. */
const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' });

function diagnose(
  context: PrepareContext,
  { text }: LoadedDefinition,
  diagnostics: readonly Diagnostic[],
): void {
  for (const diagnostic of diagnostics) {
    context.emit({ type: 'diagnosed', at: Date.now(), diagnostic, source: text });
  }
}

function invalidFile(
  context: PrepareContext,
  loaded: LoadedDefinition,
  diagnostics: readonly Diagnostic[],
): RunError {
  diagnose(context, loaded, diagnostics);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = errors === 1 ? 'a mistake' : `${errors} mistakes`;
  return new RunError({
    reason: 'invalid-file',
    message: `${loaded.file} has ${count}; nothing was started`,
  });
}

/** What `--enable-dev-steps=false` leaves out: the steps for a person at a terminal, and internal ones that nobody knows. */
function isDevStep({ id, owner, source }: StepSpec): boolean {
  if (source.kind === 'internal') return id === 'internal/watch' || id === 'internal/shell';
  return owner === 'internal' && source.kind === 'registry';
}

function withoutDevSteps(context: PrepareContext, target: PipelineTarget): PipelineTarget {
  if (context.request.stepRegistry.allowFolders) return target;
  const isKept = (spec: StepSpec): boolean => {
    const ignored = isDevStep(spec);
    if (ignored) context.notice('info', `Ignoring dev step: ${spec.id}`);
    return !ignored;
  };
  return { ...target, steps: target.steps.filter(isKept), afterSteps: target.afterSteps.filter(isKept) };
}

async function resolveSteps(
  context: PrepareContext,
  specs: readonly StepSpec[],
): Promise<Map<StepSpec, ResolvedStep>> {
  const { request, folder, signal, notice } = context;
  const external = specs.filter(({ source }) => source.kind !== 'script' && source.kind !== 'internal');
  const outcomes = await Promise.all(
    external.map((spec) =>
      resolveStep(spec, {
        stepsFolder: folder.steps,
        ...(request.source.type === 'git' && { folderRoot: folder.project }),
        ...folderRootOf(request),
        currentFolder: request.currentFolder,
        registryUrl: request.stepRegistry.url,
        baseUrl: request.baseUrl,
        ...(request.stepRegistry.token === undefined ? {} : { token: request.stepRegistry.token }),
        allowFolders: request.stepRegistry.allowFolders,
        onNotice: (text) => notice('warning', text),
        signal,
      }),
    ),
  );
  const failures = outcomes.filter((outcome) => !outcome.ok).map(({ error }) => error);
  for (const failure of failures.slice(1)) notice('error', failure.message);
  const [first] = failures;
  if (first !== undefined) throw new RunError({ reason: 'step-unavailable', ...first });
  const resolved = new Map<StepSpec, ResolvedStep>();
  outcomes.forEach((outcome, i) => {
    const spec = external[i];
    if (!outcome.ok || spec === undefined) return;
    for (const diagnostic of outcome.value.diagnostics)
      context.emit({ type: 'diagnosed', at: Date.now(), diagnostic });
    resolved.set(spec, outcome.value);
  });
  return resolved;
}
