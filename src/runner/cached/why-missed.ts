import { visibleText } from '../../kernel/index.ts';
import {
  type CacheInputKind,
  type CacheKey,
  compareInputs,
  compareSources,
  type InputChange,
  type SourceEntry,
} from '../../pipeline/index.ts';
import type { CachedRecord } from './record.ts';

const SHOWN = 3;

const WORDS = {
  format: 'what keys are made of',
  pipeline: 'the pipeline',
  box: 'the box',
  service: 'the service',
  step: 'the step',
  environment: 'the variable',
  source: 'the source',
} as const satisfies Record<CacheInputKind, string>;

function firstOf(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}

const HOW = { added: ' (new)', removed: ' (gone)', changed: '' } as const satisfies Record<
  InputChange['change'],
  string
>;

function described(
  { change, input: { kind, name, isSecret } }: InputChange,
  files: () => readonly string[],
): string {
  if (kind === 'format') return WORDS.format;
  if (kind === 'source')
    return name === 'files'
      ? `the source (${firstOf(files())})`
      : `the commit or branch that is checked out${HOW[change]}`;
  return `${isSecret === true ? 'the secret' : WORDS[kind]} ${name}${HOW[change]}`;
}

/** The newest build of a pipeline that is in the cache, and all that was in its source. */
export interface EarlierBuild {
  readonly record: CachedRecord;
  readonly source: readonly SourceEntry[];
}

/** Why a build is not in the cache, against the newest one of its pipeline that is: one sentence. */
export function whyMissed(key: CacheKey, earlier: EarlierBuild | undefined): string {
  if (earlier === undefined) return 'no build of this pipeline is in the cache yet';
  const { record, source } = earlier;
  const since = `since run ${record.runId}`;
  if (record.key === key.key) return `what the cache has of run ${record.runId} cannot be used`;
  const changes = compareInputs(record.inputs, key.inputs);
  if (changes.length === 0) return `the value of a secret changed ${since}`;
  const files = (): string[] => compareSources(source, key.source).map(({ path }) => path);
  const names = changes.map((change) => described(change, files));
  return `${visibleText(firstOf(names))} changed ${since}; \`slipway cache why\` says more`;
}
