import { suggest } from '../../kernel/index.ts';
import { RunError } from '../failure.ts';

interface NamedStep {
  readonly safeId: string;
  readonly name: string;
  readonly displayName: string;
}

const list = (steps: readonly NamedStep[]): string =>
  steps.map(({ displayName }, i) => `step-${i + 1} (${displayName})`).join(', ');

/**
 * The place of the step that a person names: by its display name, its name, its id, or `step-N` counted from 1. Throws
 * `RunError` where none or several are meant.
 */
export function findStep(steps: readonly NamedStep[], wanted: string): number {
  const numbered = /^step-([1-9]\d{0,5})$/.exec(wanted);
  const byName = [
    (step: NamedStep) => step.safeId === wanted,
    (step: NamedStep) => step.displayName === wanted,
    (step: NamedStep) => step.name === wanted,
  ];
  for (const matches of byName) {
    const found = steps.flatMap((step, i) => (matches(step) ? [i] : []));
    const [first] = found;
    if (found.length === 1 && first !== undefined) return first;
    if (found.length > 1) throw ambiguous(wanted, found);
  }
  const index = numbered === null ? -1 : Number(numbered[1]) - 1;
  if (index >= 0 && index < steps.length) return index;
  throw unknown(steps, wanted);
}

function ambiguous(wanted: string, found: readonly number[]): RunError {
  const places = found.map((i) => `step-${i + 1}`).join(', ');
  return new RunError({
    reason: 'state',
    message: `several steps are called "${wanted}": ${places}`,
    hint: 'name the one that is meant by its number',
  });
}

function unknown(steps: readonly NamedStep[], wanted: string): RunError {
  const near = suggest(wanted, new Set(steps.map(({ displayName }) => displayName)));
  return new RunError({
    reason: 'state',
    message: `there is no step "${wanted}"; the steps are ${list(steps)}`,
    ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
  });
}
