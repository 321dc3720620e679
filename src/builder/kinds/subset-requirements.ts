import { isSameList } from './asked-for.ts';

/**
 * The rule for `requirements.txt`: options (another index, a file of constraints) are the same in the same order, all requirements
 * are there in the same words, and those that came are of other packages.
 */
export function isRequirementsSubset(olderText: string, newerText: string): boolean {
  const older = readRequirements(olderText);
  const newer = readRequirements(newerText);
  if (!isSameList(older.options, newer.options)) return false;
  const known = new Set(older.requirements);
  const names = new Set(older.requirements.map(packageName));
  const kept = new Set(newer.requirements);
  return (
    older.requirements.every((each) => kept.has(each)) &&
    newer.requirements.every((each) => known.has(each) || isOther(packageName(each), names))
  );
}

// Of a path or a URL nobody knows what it is called.
const isOther = (name: string | undefined, names: ReadonlySet<string | undefined>): boolean =>
  name !== undefined && !names.has(name) && !names.has(undefined);

interface Requirements {
  readonly options: readonly string[];
  readonly requirements: readonly string[];
}

function readRequirements(text: string): Requirements {
  const lines = text
    .replaceAll(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/(?:^|[ \t])#.*$/, '')
        .trim()
        .replaceAll(/[ \t]+/g, ' '),
    )
    .filter((line) => line !== '');
  return {
    options: lines.filter((line) => line.startsWith('-')),
    requirements: lines.filter((line) => !line.startsWith('-')),
  };
}

/** As indexes compare names. */
function packageName(requirement: string): string | undefined {
  const name = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?= ?(?:$|[[@;<>=!~(]| --))/i.exec(requirement)?.[0];
  return name?.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
