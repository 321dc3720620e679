import { type AskedFor, asksForAll, isSameList } from './asked-for.ts';

/** The rule for `go.mod`: more modules are required, and module, Go version, replacements and exclusions are the same. */
export function isGoModSubset(olderText: string, newerText: string): boolean {
  const older = readGoMod(olderText);
  const newer = readGoMod(newerText);
  if (older === undefined || newer === undefined) return false;
  return isSameList(older.others, newer.others) && asksForAll(newer.required, older.required);
}

interface GoMod {
  readonly required: AskedFor;
  readonly others: readonly string[];
}

/** `undefined` where a line has a form that this does not know, or a module is required twice. */
function readGoMod(text: string): GoMod | undefined {
  const required = new Map<string, string>();
  const others: string[] = [];
  for (const line of directives(text)) {
    const [verb, path, version, ...more] = line.split(' ');
    if (verb !== 'require') others.push(line);
    else if (path === undefined || version === undefined || more.length > 0 || required.has(path))
      return undefined;
    else required.set(path, version);
  }
  return { required, others };
}

/** Each line with its verb, also where several share one in a block. */
function directives(text: string): readonly string[] {
  const found: string[] = [];
  let block: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const words = line
      .replace(/(?:^|\s)\/\/.*$/, '')
      .trim()
      .replaceAll(/[ \t]+/g, ' ');
    const opened = /^(\S+) ?\($/.exec(words)?.[1];
    if (opened !== undefined) block = opened;
    else if (words === ')') block = undefined;
    else if (words !== '') found.push(block === undefined ? words : `${block} ${words}`);
  }
  return found;
}
