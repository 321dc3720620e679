import type { CacheInput, SourceEntry } from './cache-key.ts';

export interface InputChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly input: CacheInput;
  /** What was shown of it before. */
  readonly before?: string;
}

const idOf = ({ kind, name }: CacheInput): string => `${kind} ${name}`;

/**
 * What makes one key differ from an earlier one. A secret that changed cannot be told from one that did not, as nothing of
 * it is kept: see `secretsAmong`.
 */
export function compareInputs(before: readonly CacheInput[], now: readonly CacheInput[]): InputChange[] {
  const earlier = new Map(before.map((input) => [idOf(input), input]));
  const present = new Set(now.map(idOf));
  return [
    ...now.flatMap((input): InputChange[] => {
      const old = earlier.get(idOf(input));
      if (old === undefined) return [{ change: 'added', input }];
      if (old.digest === input.digest) return [];
      return [{ change: 'changed', input, ...(old.shown !== undefined && { before: old.shown }) }];
    }),
    ...before
      .filter((input) => !present.has(idOf(input)))
      .map((input): InputChange => ({ change: 'removed', input })),
  ];
}

/** The secrets of which one must have changed, where two keys differ and nothing else does. */
export const secretsAmong = (inputs: readonly CacheInput[]): readonly CacheInput[] =>
  inputs.filter(({ digest }) => digest === undefined);

export interface SourceChange {
  readonly change: 'added' | 'removed' | 'changed' | 'mode';
  readonly path: string;
}

/** Which files of a source make the difference, by path. */
export function compareSources(
  before: readonly SourceEntry[],
  now: readonly SourceEntry[],
): readonly SourceChange[] {
  const earlier = new Map(before.map((entry) => [entry.path, entry]));
  const present = new Set(now.map(({ path }) => path));
  const changes = [
    ...now.flatMap((entry): SourceChange[] => {
      const change = changeOf(earlier.get(entry.path), entry);
      return change === undefined ? [] : [{ change, path: entry.path }];
    }),
    ...before
      .filter(({ path }) => !present.has(path))
      .map(({ path }): SourceChange => ({ change: 'removed', path })),
  ];
  return changes.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function changeOf(old: SourceEntry | undefined, entry: SourceEntry): SourceChange['change'] | undefined {
  if (old === undefined) return 'added';
  if (old.kind !== entry.kind || old.content !== entry.content) return 'changed';
  return old.mode === entry.mode ? undefined : 'mode';
}
