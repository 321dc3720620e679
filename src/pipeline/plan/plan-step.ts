import { INTERNAL_STEPS } from '../definition/keys.ts';
import type { StepSpec } from '../definition.ts';
import type { PlannedStep, ResolvedStep } from '../plan.ts';
import { stepVariables } from './step-variables.ts';

/** Room for a UUID and a prefix within the 255 bytes of a file name. */
const MAX_NAME_LENGTH = 100;

export function planStep(spec: StepSpec, resolved: ResolvedStep, id: string): PlannedStep {
  const { owner, name, source, cwd, checkpoint } = spec;
  const { folder, manifest } = resolved;
  return {
    safeId: `${safeName(name)}-${id}`,
    owner,
    name,
    version: resolved.version ?? manifest?.version ?? '',
    displayName: spec.displayName ?? INTERNAL_STEPS.get(spec.id) ?? name,
    source,
    ...(folder !== undefined && { folder }),
    ...(cwd !== undefined && { cwd }),
    ...(checkpoint !== undefined && { checkpoint }),
    properties: new Map(Array.from(spec.properties, ([key, { value }]) => [key, value])),
    // What a built-in step is given, passwords among it, has no business in the box.
    environment: source.kind === 'internal' ? [] : stepVariables(spec, manifest).variables,
  };
}

/** A step's name as part of a folder's name: only letters and digits of ASCII, dot, dash and underscore. */
function safeName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, MAX_NAME_LENGTH);
}
