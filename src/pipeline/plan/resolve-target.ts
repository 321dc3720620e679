import { type Diagnostic, fail, ok, type Result, suggest } from '../../kernel/index.ts';
import type { BoxSpec, Definition, PipelineSpec, StepSpec } from '../definition.ts';
import { short } from '../yaml/node.ts';

/** A pipeline of a file, chosen to run: its box and steps settled, the steps' files not yet looked for. */
export interface PipelineTarget {
  readonly definition: Definition;
  readonly pipeline: PipelineSpec;
  readonly box: BoxSpec;
  readonly services: readonly BoxSpec[];
  /** The deploy target's steps if there is such a target, else the pipeline's own. */
  readonly steps: readonly StepSpec[];
  readonly afterSteps: readonly StepSpec[];
  readonly warnings: readonly Diagnostic[];
}

/** Which pipeline of a file is to run. */
export interface TargetChoice {
  readonly definition: Definition;
  readonly pipeline: string;
  /** A key of the pipeline whose steps replace `steps`; an unknown one falls back to `steps` with a warning. */
  readonly deployTarget?: string;
}

/** Finds the pipeline, its box and its steps, before anything is fetched. */
export function resolveTarget(choice: TargetChoice): Result<PipelineTarget, Diagnostic[]> {
  const { definition } = choice;
  const pipeline = definition.pipelines.get(choice.pipeline);
  if (pipeline === undefined) return fail([noPipeline(choice)]);
  const box = pipeline.box ?? definition.box;
  if (box === undefined) return fail([noBox(definition, pipeline)]);
  const { steps, warnings } = chooseSteps(pipeline, choice);
  const services = pipeline.services ?? definition.services ?? [];
  return ok({ definition, pipeline, box, services, steps, afterSteps: pipeline.afterSteps, warnings });
}

function noPipeline({ definition, pipeline }: TargetChoice): Diagnostic {
  const names = [...definition.pipelines.keys()];
  const near = suggest(pipeline, names);
  const known =
    names.length === 0 ? 'the file has no pipeline that can run' : `the file has ${listNames(names)}`;
  return {
    severity: 'error',
    code: 'no-pipeline',
    message: `No pipeline named ${short(pipeline)}`,
    file: definition.file,
    hint: near === undefined ? known : `did you mean "${near}"? ${known}`,
  };
}

const SHOWN_NAMES = 20;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map(short).join(', ');
  return names.length > SHOWN_NAMES ? `${shown} and ${names.length - SHOWN_NAMES} more` : shown;
}

function noBox(definition: Definition, pipeline: PipelineSpec): Diagnostic {
  return {
    severity: 'error',
    code: 'no-box',
    message: `No box definition found for pipeline ${short(pipeline.name)}`,
    file: definition.file,
    range: pipeline.range,
    hint: 'add "box: IMAGE" to the pipeline or at the top of the file',
    pipeline: pipeline.name,
  };
}

function chooseSteps(
  pipeline: PipelineSpec,
  { definition, deployTarget }: TargetChoice,
): { steps: readonly StepSpec[]; warnings: Diagnostic[] } {
  if (deployTarget === undefined || deployTarget === '') return { steps: pipeline.steps, warnings: [] };
  const steps = pipeline.targets.get(deployTarget);
  if (steps !== undefined) return { steps, warnings: [] };
  const near = suggest(deployTarget, pipeline.targets.keys());
  const warning: Diagnostic = {
    severity: 'warning',
    code: 'unknown-target',
    message: `the pipeline ${short(pipeline.name)} has no deploy target "${short(deployTarget)}": its "steps" run instead`,
    file: definition.file,
    range: pipeline.range,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
    pipeline: pipeline.name,
  };
  return { steps: pipeline.steps, warnings: [warning] };
}
