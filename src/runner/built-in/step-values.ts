import { interpolate, type PlannedStep, shellSplit } from '../../pipeline/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import type { Lookup } from '../images.ts';
import { sessionEnvironment } from '../session-environment.ts';
import { maskSecrets } from './step-secrets.ts';

/** What a file gives to a built-in step, variables filled in. What is empty then counts as not given. */
export interface StepValues {
  readonly lookup: Lookup;
  /** Fills in the variables of one text. */
  readonly expand: (text: string) => string;
  /** One text. */
  text(name: string): string | undefined;
  /** One text that the step cannot do without. Throws `RunError`. */
  required(name: string): string;
  on(name: string): boolean;
  /** Separated by spaces or commas. */
  list(name: string): string[];
  /** Words as a shell splits them; the variables in them are filled in after that. Throws `RunError`. */
  words(name: string): string[] | undefined;
  /** The same without variables. */
  literalWords(name: string): string[] | undefined;
  /** `NAME=value` each. Throws `RunError`. */
  pairs(name: string): [name: string, value: string][];
}

const TRUE = /^\s*(?:true|yes|on|1)\s*$/i;

/** Reads a step's values, with what earlier steps exported unless the step says `disable-sync`. */
export async function stepValues(context: RunContext, box: Box, step: PlannedStep): Promise<StepValues> {
  const known = box.plan.lookup;
  const synced = TRUE.test(step.properties.get('disable-sync') ?? '')
    ? undefined
    : await sessionEnvironment(context, box);
  const lookup: Lookup = (name) => synced?.get(name) ?? known(name);
  maskSecrets(context, step, lookup);
  return readValues(step, lookup);
}

/** The same from what is known already. */
export function readValues({ properties }: Pick<PlannedStep, 'properties'>, lookup: Lookup): StepValues {
  const expand = (text: string): string => interpolate(text, lookup);
  const written = (name: string): string | undefined => properties.get(name) || undefined;
  const text = (name: string): string | undefined => {
    const value = written(name);
    return value === undefined ? undefined : expand(value) || undefined;
  };
  const literalWords = (name: string): string[] | undefined => {
    const value = written(name);
    return value === undefined ? undefined : splitWords(name, value);
  };
  const words = (name: string): string[] | undefined => literalWords(name)?.map(expand);
  return {
    lookup,
    expand,
    text,
    words,
    literalWords,
    required: (name) => text(name) ?? missing(name, written(name)),
    on: (name) => TRUE.test(text(name) ?? ''),
    list: (name) => (text(name) ?? '').split(/[\s,]+/).filter((part) => part !== ''),
    pairs: (name) => (words(name) ?? []).map((word) => splitPair(name, word)),
  };
}

function missing(name: string, written: string | undefined): never {
  const message =
    written === undefined
      ? `"${name}" is not set`
      : `"${name}" is empty after its variables are filled in: ${written}`;
  throw new RunError({ reason: 'step-failed', message });
}

function splitWords(name: string, value: string): string[] {
  const words = shellSplit(value);
  if (words.ok) return words.value;
  throw new RunError({ reason: 'step-failed', message: `"${name}" is not a list of words: ${words.error}` });
}

function splitPair(name: string, word: string): [string, string] {
  const equals = word.indexOf('=');
  if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
  const kind = name === 'labels' ? 'label' : 'variable';
  const message = `${kind} specification ${word} is not of the form ${kind}=value`;
  throw new RunError({ reason: 'step-failed', message });
}
