import { QueueError } from '../error.ts';

/** How a parameter of a path looks. */
export interface PathParameter {
  readonly pattern: RegExp;
  /**
   * Whether it may hold slashes, which clients send as `%2F` or as they are: `one` exactly one, `any` some, and then it has
   * to be the last of its path.
   */
  readonly slashes?: 'one' | 'any';
}

export type PathParameters = Readonly<Record<string, PathParameter>>;

const NAME = /<([^>]+)>/g;
const HEAD = 'before slash of ';

export const namesOfPath = (path: string): string[] => [...path.matchAll(NAME)].map(([, name = '']) => name);

/** The paths as the router takes them: two, where a parameter may come with a plain slash. */
export function routerPaths(path: string, parameters: PathParameters): string[] {
  const name = namesOfPath(path).find((each) => parameters[each]?.slashes !== undefined);
  const plain = (text: string): string => text.replace(NAME, ':$1');
  if (name === undefined) return [plain(path)];
  const place = `<${name}>`;
  if (parameters[name]?.slashes === 'any') return [plain(path.replace(place, '*'))];
  return [plain(path), plain(path.replace(place, `:${HEAD}${name}/:${name}`))];
}

/** Reads the parameters of a path that the router has found and decoded. Throws `InvalidRequestArguments` with all mistakes. */
export function readPath(
  names: readonly string[],
  found: Readonly<Record<string, string>>,
  parameters: PathParameters,
): Record<string, string> {
  const read: Record<string, string> = {};
  const mistakes: string[] = [];
  for (const name of names) {
    const parameter = parameters[name];
    const value = readOne(name, found, parameter?.slashes);
    if (parameter?.pattern.test(value)) read[name] = value;
    else mistakes.push(`${name} in the path is "${shortened(value)}": expected ${parameter?.pattern}`);
  }
  refuse(mistakes);
  return read;
}

function readOne(
  name: string,
  found: Readonly<Record<string, string>>,
  slashes: PathParameter['slashes'],
): string {
  if (slashes === 'any') return found['*'] ?? '';
  const head = slashes === 'one' ? found[`${HEAD}${name}`] : undefined;
  const value = found[name] ?? '';
  return head === undefined ? value : `${head}/${value}`;
}

/** Reads a query: only names that the method knows, each once. Throws `InvalidRequestArguments` with all mistakes. */
export function readQuery(
  found: Readonly<Record<string, unknown>>,
  patterns: Readonly<Record<string, RegExp>>,
): Record<string, string> {
  const read: Record<string, string> = {};
  const mistakes: string[] = [];
  for (const [name, value] of Object.entries(found)) {
    if (name === 'bewit') continue; // the signature of the URL itself
    const pattern = Object.hasOwn(patterns, name) ? patterns[name] : undefined;
    if (pattern === undefined) mistakes.push(`the query has "${shortened(name)}": ${knownNames(patterns)}`);
    else if (typeof value !== 'string') mistakes.push(`${name} is in the query more than once`);
    else if (!pattern.test(value))
      mistakes.push(`${name} in the query is "${shortened(value)}": expected ${pattern}`);
    else read[name] = value;
  }
  refuse(mistakes);
  return read;
}

function knownNames(patterns: Readonly<Record<string, RegExp>>): string {
  const names = Object.keys(patterns);
  return names.length === 0 ? 'expected none' : `expected ${names.join(', ')}`;
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  throw new QueueError('InvalidRequestArguments', mistakes.map((mistake) => `* ${mistake}`).join('\n'));
}
