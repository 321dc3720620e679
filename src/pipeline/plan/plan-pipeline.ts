import { type Diagnostic, fail, ok, type Result } from '../../kernel/index.ts';
import type { StepSpec } from '../definition.ts';
import type { Plan, PlannedStep, ResolvedStep } from '../plan.ts';
import { absolutePath, joinPath } from './box-path.ts';
import { checkStep } from './check-step.ts';
import { planStep } from './plan-step.ts';
import type { PipelineTarget } from './resolve-target.ts';

/** What a plan is made of, beside the file. */
export interface PlanInput {
  readonly target: PipelineTarget;
  /** By step of the target; internal and script steps may be left out, since they have no files. */
  readonly resolved: ReadonlyMap<StepSpec, ResolvedStep>;
  /** `--source-dir`; the file's own wins. */
  readonly sourceDir?: string;
  /** `--command-timeout` in minutes, fractions allowed; the file's own wins. @defaultValue 25 */
  readonly commandTimeoutMinutes?: number;
  /** `--no-response-timeout` in minutes, fractions allowed; the file's own wins. @defaultValue 5 */
  readonly noResponseTimeoutMinutes?: number;
  /** Where the box keeps the run. @defaultValue `/pipeline` */
  readonly guestRoot?: string;
  /** A fresh UUID v4 each time. */
  readonly newId: () => string;
}

const DEFAULT_COMMAND_TIMEOUT_MINUTES = 25;
const DEFAULT_NO_RESPONSE_TIMEOUT_MINUTES = 5;
const DEFAULT_GUEST_ROOT = '/pipeline';
const MS_PER_MINUTE = 60_000;

/** Puts a pipeline together for the runner, or says everything that keeps it from starting. */
export function planPipeline(input: PlanInput): Result<Plan, Diagnostic[]> {
  const { target } = input;
  const all = [...target.steps, ...target.afterSteps];
  const found = all.flatMap((spec) => checkStep(spec, resolvedStep(spec, input), target));
  const errors = found.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) return fail([...target.warnings, ...found]);
  return ok({ ...planPlaces(input), ...planSteps(input), warnings: [...target.warnings, ...found] });
}

function planPlaces({ target, ...flags }: PlanInput) {
  const { definition, pipeline } = target;
  const guestRoot = flags.guestRoot ?? DEFAULT_GUEST_ROOT;
  const basePath = absolutePath(pipeline.basePath ?? joinPath(guestRoot, 'source'));
  const commandMinutes =
    definition.commandTimeoutMinutes ?? flags.commandTimeoutMinutes ?? DEFAULT_COMMAND_TIMEOUT_MINUTES;
  const noResponseMinutes =
    definition.noResponseTimeoutMinutes ??
    flags.noResponseTimeoutMinutes ??
    DEFAULT_NO_RESPONSE_TIMEOUT_MINUTES;
  return {
    pipeline: pipeline.name,
    box: target.box,
    services: target.services,
    basePath,
    sourceDir: joinPath(basePath, definition.sourceDir ?? flags.sourceDir ?? ''),
    docker: pipeline.docker,
    commandTimeoutMs: Math.round(commandMinutes * MS_PER_MINUTE),
    noResponseTimeoutMs: Math.round(noResponseMinutes * MS_PER_MINUTE),
  };
}

function planSteps(input: PlanInput): { steps: PlannedStep[]; afterSteps: PlannedStep[] } {
  const plan = (spec: StepSpec) => planStep(spec, resolvedStep(spec, input), input.newId());
  return { steps: input.target.steps.map(plan), afterSteps: input.target.afterSteps.map(plan) };
}

function resolvedStep(spec: StepSpec, { resolved }: PlanInput): ResolvedStep {
  const found = resolved.get(spec);
  if (found !== undefined) return found;
  if (spec.source.kind === 'script' || spec.source.kind === 'internal') return {};
  throw new Error(`step ${spec.id} was not resolved before planning`);
}
