import { type AskedFor, asksForAll, isSameList } from './asked-for.ts';

// A Gemfile is a program. Only lines of these forms mean the same wherever they stand.
const GEM = /^gem(?: ?\( ?| )(["'])([\w.-]+)\1((?: ?, ?(?:"[^"#\\]*"|'[^'\\]*'))*) ?\)?$/;
const PLAIN = /^(?:source|ruby)(?: ?\( ?| )(?:"[^"#\\]*"|'[^'\\]*') ?\)?$/;

/** The rule for a `Gemfile`: only gems with versions, one a line, below the same sources, and more of them. */
export function isGemfileSubset(olderText: string, newerText: string): boolean {
  const older = readGemfile(olderText);
  const newer = readGemfile(newerText);
  if (older === undefined || newer === undefined) return false;
  return isSameList(older.others, newer.others) && asksForAll(newer.gems, older.gems);
}

interface Gemfile {
  readonly gems: AskedFor;
  readonly others: readonly string[];
}

function readGemfile(text: string): Gemfile | undefined {
  const gems = new Map<string, string>();
  const others: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().replaceAll(/[ \t]+/g, ' ');
    if (words === '' || words.startsWith('#')) continue;
    const [, , name, versions] = GEM.exec(words) ?? [];
    if (name !== undefined && !gems.has(name)) gems.set(name, (versions ?? '').replaceAll(/ ?, ?/g, ','));
    else if (PLAIN.test(words)) others.push(words);
    else return undefined;
  }
  return { gems, others };
}
