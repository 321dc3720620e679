import { createHash } from 'node:crypto';
import type { BoxSpec } from '../definition.ts';
import type { EnvironmentEntry } from '../environment.ts';
import type { Plan, PlannedStep } from '../plan.ts';
import { ambientInputs, ambientNamesIn, isDeclared } from './ambient.ts';
import type { CacheInput } from './cache-key.ts';

/** Changes when a hit of before must not be one any more. */
const FORMAT = '1';

/** What the disk, the engine and the registries said of a run. */
export interface CacheFacts {
  readonly plan: Plan;
  /** `linux/amd64` */
  readonly platform: string;
  /** The image of a box or service by its content: `sha256:…`. */
  readonly imageOf: (spec: BoxSpec) => string;
  /** Digest of a step's files; `undefined` where it has none. */
  readonly stepFilesOf: (step: PlannedStep) => string | undefined;
  /** Digest of the source's tree, without its `.git`. */
  readonly source: string;
  /** What is checked out, where a `.git` folder goes into the box; absent: none does. */
  readonly checkedOut?: string;
  /** All that the box's session is told. */
  readonly environment: readonly EnvironmentEntry[];
  /** Names of the runner's variables in the files of source and steps, and where. */
  readonly named: ReadonlyMap<string, string>;
}

/** One thing that the key depends on, and all of it. */
interface FullInput extends CacheInput {
  /** What the key is made of. */
  readonly value: string;
  readonly secret: boolean;
}

/** Everything that a run depends on, in a fixed order; secrets apart, in the same order. */
export interface FoundInputs {
  readonly inputs: readonly CacheInput[];
  readonly secrets: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

/** Puts together what a run depends on. Pure: the same facts give the same inputs. */
export function findInputs(facts: CacheFacts): FoundInputs {
  const { plan, environment } = facts;
  const named = allNamed(facts);
  const all = uniquelyNamed([
    plainInput({ kind: 'format', name: 'format', value: [FORMAT, facts.platform], shown: facts.platform }),
    plainInput({ kind: 'pipeline', name: plan.pipeline, value: [plan.basePath, plan.sourceDir] }),
    imageInput('box', plan.box, facts),
    ...plan.services.map((spec) => imageInput('service', spec, facts)),
    ...plan.steps.flatMap((step) => stepInputs(step, 'steps', facts)),
    ...plan.afterSteps.flatMap((step) => stepInputs(step, 'after-steps', facts)),
    ...environment.filter(isDeclared).toSorted(byName).map(variableInput),
    ...ambientInputs(environment, named).map(({ entry, place }) => ({
      ...variableInput(entry),
      shown: `named in ${place}`,
    })),
    ...(facts.checkedOut === undefined
      ? []
      : [plainInput({ kind: 'source', name: '.git', value: [facts.checkedOut], shown: facts.checkedOut })]),
    plainInput({ kind: 'source', name: 'files', value: [facts.source] }),
  ]);
  return {
    inputs: all.map(({ value: _value, secret: _secret, ...input }) => input),
    secrets: all.filter(({ secret }) => secret).map(({ value }) => value),
    named,
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Plain extends Pick<CacheInput, 'kind' | 'name' | 'shown'> {
  readonly value: unknown;
}

/** JSON keeps the parts of a value apart, whatever is in them. */
function plainInput({ kind, name, value, shown }: Plain): FullInput {
  const text = JSON.stringify(value);
  return {
    kind,
    name,
    digest: sha256(text),
    ...(shown !== undefined && { shown }),
    value: text,
    secret: false,
  };
}

const secretInput = (kind: CacheInput['kind'], name: string, value: string): FullInput => ({
  kind,
  name,
  isSecret: true,
  value,
  secret: true,
});

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;

const variableInput = ({ name, value, expand, secret }: EnvironmentEntry): FullInput =>
  secret
    ? secretInput('environment', name, value)
    : plainInput({ kind: 'environment', name, value: [value, expand] });

/** Credentials do not count: the image is known by its content. */
function imageInput(kind: 'box' | 'service', spec: BoxSpec, { imageOf }: CacheFacts): FullInput {
  const image = imageOf(spec);
  const { name, cmd, entrypoint, env, user, ready } = spec;
  const value = [image, name, cmd, entrypoint, [...env], user, ready].map((part) => part ?? null);
  return plainInput({ kind, name: name ?? spec.repository, value, shown: image });
}

function stepInputs(step: PlannedStep, list: string, { stepFilesOf }: CacheFacts): FullInput[] {
  const { owner, name, version, displayName, source, cwd, environment } = step;
  const hidden = environment.filter(({ secret }) => secret);
  const shown = environment
    .filter(({ secret }) => !secret)
    .map((variable) => [variable.name, variable.value]);
  const files = stepFilesOf(step);
  const code = source.kind === 'script' ? source.code : null;
  const value = [
    list,
    owner,
    name,
    version,
    displayName,
    source.kind,
    code,
    files ?? null,
    cwd ?? null,
    shown,
  ];
  return [
    plainInput({ kind: 'step', name: displayName, value, ...(version !== '' && { shown: version }) }),
    ...hidden.map((variable) => secretInput('step', `${displayName} ${variable.name}`, variable.value)),
  ];
}

/** Two steps may have one name: the second is called `name (2)`. */
function uniquelyNamed(inputs: readonly FullInput[]): FullInput[] {
  const taken = new Map<string, number>();
  return inputs.map((input) => {
    const id = `${input.kind} ${input.name}`;
    const count = (taken.get(id) ?? 0) + 1;
    taken.set(id, count);
    return count === 1 ? input : { ...input, name: `${input.name} (${count})` };
  });
}

/** Names of the runner's variables wherever the run has text; files of the source come last. */
function allNamed({ plan, environment, named }: CacheFacts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const look = (place: string, ...texts: readonly string[]): void => {
    for (const name of texts.flatMap(ambientNamesIn)) if (!found.has(name)) found.set(name, place);
  };
  for (const step of [...plan.steps, ...plan.afterSteps]) {
    const code = step.source.kind === 'script' ? [step.source.code] : [];
    look(
      `the step ${step.displayName}`,
      ...code,
      ...step.environment.map(({ value }) => value),
      step.cwd ?? '',
    );
  }
  for (const spec of [plan.box, ...plan.services]) {
    look(spec.repository, ...spec.env.values(), ...(spec.cmd ?? []), ...(spec.entrypoint ?? []));
  }
  for (const { name, value } of environment.filter(isDeclared)) look(`the variable ${name}`, value);
  for (const [name, place] of named) if (!found.has(name)) found.set(name, place);
  return found;
}
