import type { EnvironmentEntry } from '../environment.ts';

/** Another in every run: a hit has those of the run that made it. */
const OF_ONE_RUN: ReadonlySet<string> = new Set([
  'WERCKER_RUN_ID',
  'WERCKER_RUN_URL',
  'WERCKER_BUILD_ID',
  'WERCKER_BUILD_URL',
  'WERCKER_MAIN_PIPELINE_STARTED',
]);

/** Variables that say where a run comes from; they differ from person to person. */
const AMBIENT = /^WERCKER_(?:GIT|APPLICATION)_|^WERCKER_STARTED_BY$/;

/** Names of the runner's variables in a text, cut where one is put together: `WERCKER_GIT_` of `${!WERCKER_GIT_@}`. */
const NAMES = /WERCKER_[A-Z_]*/g;

/** Whether somebody set it: with `X_` or `XXX_`, and not the runner. */
export const isDeclared = ({ expand, secret }: EnvironmentEntry): boolean => expand || secret;

/** Names of the runner's variables that occur in a text, or the beginnings of names. */
export const ambientNamesIn = (text: string): readonly string[] => [...new Set(text.match(NAMES))];

/** The same in the bytes of a file, of whatever kind. */
export function ambientNamesInBytes(bytes: Buffer): readonly string[] {
  return bytes.includes('WERCKER_') ? ambientNamesIn(bytes.toString('latin1')) : [];
}

/** Where a variable is named, by `names` with their places; `undefined` where it is not. */
function placeOf(variable: string, names: ReadonlyMap<string, string>): string | undefined {
  const exact = names.get(variable);
  if (exact !== undefined) return exact;
  for (const [name, place] of names) if (name.endsWith('_') && variable.startsWith(name)) return place;
  return undefined;
}

export interface NamedVariable {
  readonly entry: EnvironmentEntry;
  /** Where it is named. */
  readonly place: string;
}

/** The runner's variables that a run depends on, since something in it names them. */
export const ambientInputs = (
  entries: readonly EnvironmentEntry[],
  names: ReadonlyMap<string, string>,
): readonly NamedVariable[] =>
  entries.flatMap((entry) => {
    const place = AMBIENT.test(entry.name) && !isDeclared(entry) ? placeOf(entry.name, names) : undefined;
    return place === undefined ? [] : [{ entry, place }];
  });

/** Variables of one run alone that something names: a hit has another run's. */
export const ofOneRunNamed = (names: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...names].filter(([name]) => OF_ONE_RUN.has(name)));
