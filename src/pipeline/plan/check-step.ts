import type { Diagnostic } from '../../kernel/index.ts';
import type { StepSpec } from '../definition.ts';
import type { ResolvedStep } from '../plan.ts';
import { checkProperties, type Finding } from '../properties/check-properties.ts';
import { quoteShort } from '../yaml/node.ts';
import type { PipelineTarget } from './resolve-target.ts';
import { stepVariables } from './step-variables.ts';

/** What is wrong with the data that the file gives to a step, by the step's own manifest. */
export function checkStep(spec: StepSpec, resolved: ResolvedStep, target: PipelineTarget): Diagnostic[] {
  if (spec.source.kind === 'internal') return []; // checked when the file was read: nothing had to be fetched for it
  const place = { file: target.definition.file, pipeline: target.pipeline.name };
  return [
    ...checkProperties(spec, resolved.manifest?.properties ?? []),
    ...unnameableProperties(spec, resolved),
  ].map((finding) => ({ ...finding, ...place }));
}

function unnameableProperties(spec: StepSpec, { manifest }: ResolvedStep): Finding[] {
  return stepVariables(spec, manifest).unnameable.map(({ property, variable }) => ({
    severity: 'warning',
    code: 'bad-name',
    message: `the property ${quoteShort(property)} is not exported: ${quoteShort(variable)} is no name of a shell variable`,
    range: spec.properties.get(property)?.range ?? spec.range,
  }));
}
