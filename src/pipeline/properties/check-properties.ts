import { type Diagnostic, suggest } from '../../kernel/index.ts';
import type { PropertyValue, StepSpec } from '../definition.ts';
import type { StepProperty } from '../manifest.ts';
import { MAX_DIAGNOSTICS } from '../report.ts';
import { quoteShort } from '../yaml/node.ts';

/** A mistake in a step; whoever knows the file and the pipeline adds them. */
export type Finding = Omit<Diagnostic, 'file' | 'pipeline'>;

/** What is wrong with the data that the file gives to a step, by what the step says that it takes. */
export function checkProperties(spec: StepSpec, properties: readonly StepProperty[]): Finding[] {
  return [
    ...missingProperties(spec, properties),
    ...wrongTypes(spec, properties),
    ...unknownProperties(spec, properties),
  ];
}

function missingProperties(spec: StepSpec, properties: readonly StepProperty[]): Finding[] {
  const missing = properties.filter(
    ({ name, required, default: fallback }) =>
      required && fallback === undefined && !spec.properties.has(name),
  );
  return missing.map(({ name }) => {
    const near = suggest(name, spec.properties.keys());
    return {
      severity: 'error',
      code: 'missing-property',
      message: `the step ${quoteShort(spec.id)} needs the property "${name}"`,
      range: spec.range,
      hint: near === undefined ? `add "${name}: …" below the step` : `is "${near}" meant to be "${name}"?`,
    };
  });
}

function wrongTypes(spec: StepSpec, properties: readonly StepProperty[]): Finding[] {
  return properties.flatMap(({ name, type }): Finding[] => {
    const given = spec.properties.get(name);
    const pattern = PATTERNS[type];
    if (given === undefined || pattern === undefined || fits(given, pattern.accepts)) return [];
    return [
      {
        severity: 'error',
        code: 'wrong-type',
        message: `the property "${name}" of ${quoteShort(spec.id)} must be ${pattern.wanted}, found ${quoteShort(given.value)}`,
        range: given.range,
      },
    ];
  });
}

interface Pattern {
  readonly wanted: string;
  readonly accepts: RegExp;
}

const PATTERNS: Partial<Record<StepProperty['type'], Pattern>> = {
  int: { wanted: 'a whole number', accepts: /^\s*[-+]?\d+\s*$/ },
  boolean: { wanted: 'true or false', accepts: /^\s*(?:true|false|yes|no|on|off|1|0)\s*$/i },
};

/** What holds a variable is known only in the box; what is empty counts as not given. */
const fits = ({ value }: PropertyValue, pattern: RegExp): boolean =>
  value === '' || value.includes('$') || pattern.test(value);

/** Enough to find the right one. */
const SHOWN_NAMES = 20;

function unknownProperties(spec: StepSpec, properties: readonly StepProperty[]): Finding[] {
  // A step that is none of ours may not say what it takes.
  if (properties.length === 0 && spec.source.kind !== 'internal') return [];
  const names = properties.map(({ name }) => name);
  const known = new Set(spec.source.kind === 'internal' ? names : [...names, 'code']);
  const unknown = [...spec.properties].filter(([name]) => !known.has(name)).slice(0, MAX_DIAGNOSTICS);
  return unknown.map(([name, { range }]) => {
    const near = suggest(name, names);
    return {
      severity: 'warning',
      code: 'unknown-property',
      message: `the step ${quoteShort(spec.id)} has no property ${quoteShort(name)}`,
      range,
      hint: near === undefined ? knownNames(names) : `did you mean "${near}"?`,
    };
  });
}

const knownNames = (names: readonly string[]): string =>
  names.length === 0 ? 'it takes none' : `it has ${names.slice(0, SHOWN_NAMES).join(', ')}`;
