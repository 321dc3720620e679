import type { PropertyValue, StepSpec } from '../definition.ts';
import { isVariableName } from '../environment/variable-name.ts';
import type { StepManifest, StepProperty } from '../manifest.ts';
import type { StepVariable } from '../plan.ts';

/** Never exported: the code is the step itself, the name is what the step is called. */
const NOT_EXPORTED = new Set(['code', 'name']);

/** What a step exports before it runs. */
export interface StepVariables {
  readonly variables: readonly StepVariable[];
  /** Properties of the file that no shell can hold, because of their names. */
  readonly unnameable: readonly { readonly property: string; readonly variable: string }[];
}

/**
 * `WERCKER_<STEP>_<PROPERTY>` in the manifest's order, then what the file gives beyond it in the file's order.
 *
 * A given value takes the place of the default.
 */
export function stepVariables(spec: StepSpec, manifest: StepManifest | undefined): StepVariables {
  const variables = new Map<string, StepVariable>();
  const unnameable: { property: string; variable: string }[] = [];
  for (const { property, value, secret } of valuesOf(spec, manifest?.properties ?? [])) {
    const name = variableName(spec.name, property);
    if (isVariableName(name))
      variables.set(name, { name, value, secret: secret || isSecret(variables, name) });
    else unnameable.push({ property, variable: name });
  }
  return { variables: [...variables.values()], unnameable };
}

interface Value {
  readonly property: string;
  readonly value: string;
  readonly secret: boolean;
}

function valuesOf(spec: StepSpec, properties: readonly StepProperty[]): Value[] {
  const declared = new Map(properties.map((property) => [property.name, property]));
  const defaults = properties.map(({ name, default: value, secret }) => ({
    property: name,
    value: value ?? '',
    secret,
  }));
  const given = Array.from(spec.properties, ([property, { value }]: [string, PropertyValue]) => ({
    property,
    value,
    secret: declared.get(property)?.secret ?? false,
  }));
  return [...defaults, ...given].filter(({ property }) => !NOT_EXPORTED.has(property));
}

const isSecret = (variables: ReadonlyMap<string, StepVariable>, name: string): boolean =>
  variables.get(name)?.secret ?? false;

function variableName(step: string, property: string): string {
  return `WERCKER_${step}_${property}`.replaceAll('-', '_').toUpperCase();
}
