import { suggest } from '../kernel/index.ts';
import { UsageError } from './exit-code.ts';
import type { Flag } from './flag.ts';

/** The flags of one command line, each with its value, its variable's, or its default. */
export interface FlagValues {
  /** `undefined` when neither the flag nor its variable nor a default gives a value. */
  text(name: string): string | undefined;
  /** As `text`, for flags that have a default. */
  required(name: string): string;
  on(name: string): boolean;
  all(name: string): readonly string[];
  /** A number, fractions allowed, greater than zero. Throws `UsageError`. */
  number(name: string): number | undefined;
  /** Whether the command line itself gives it. */
  given(name: string): boolean;
}

export interface ParsedArguments {
  readonly flags: FlagValues;
  readonly positionals: readonly string[];
}

const TRUE = /^(true|1|t)$/i;
const FALSE = /^(false|0|f)$/i;

function switchValue(flag: Flag, text: string): 'true' | 'false' {
  if (TRUE.test(text)) return 'true';
  if (FALSE.test(text)) return 'false';
  throw new UsageError(`--${flag.name} is on or off: expected true or false, found "${text}"`);
}

function findFlag(word: string, flags: readonly Flag[]): { flag: Flag; negated: boolean } {
  const name = word.replace(/^--?/, '');
  const flag = flags.find((candidate) => candidate.name === name || candidate.short === name);
  if (flag !== undefined) return { flag, negated: false };
  const positive = name.startsWith('no-')
    ? flags.find((candidate) => candidate.name === name.slice(3))
    : undefined;
  if (positive !== undefined && positive.value === undefined) return { flag: positive, negated: true };
  const near = suggest(
    name,
    flags.map((candidate) => candidate.name),
  );
  throw new UsageError(`unknown flag: ${word}${near === undefined ? '' : ` (did you mean --${near}?)`}`);
}

function checkChoice(flag: Flag, value: string): void {
  if (flag.choices === undefined || flag.choices.includes(value)) return;
  throw new UsageError(`--${flag.name}: expected ${flag.choices.join(' or ')}, found "${value}"`);
}

/**
 * Reads a command line as the original's users write it: one dash or two, `--flag value` or `--flag=value`,
 * `--switch=false`, flags before, between and behind the other words; `--` ends them. Throws `UsageError`.
 */
export function parseArguments(
  words: readonly string[],
  flags: readonly Flag[],
  environment: NodeJS.ProcessEnv,
): ParsedArguments {
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positionals.push(...rest.splice(0));
    } else if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
    } else {
      const equals = word.indexOf('=');
      const { flag, negated } = findFlag(equals < 0 ? word : word.slice(0, equals), flags);
      const inline = equals < 0 ? undefined : word.slice(equals + 1);
      const value = readValue(flag, negated, inline, rest);
      checkChoice(flag, value);
      given.set(flag.name, [...(given.get(flag.name) ?? []), value]);
      if (flag.means !== undefined && value === 'true') given.set(flag.means.flag, [flag.means.value]);
    }
  }
  return { flags: flagValues(flags, given, environment), positionals };
}

function readValue(flag: Flag, negated: boolean, inline: string | undefined, rest: string[]): string {
  if (flag.value === undefined) {
    const value = inline === undefined ? 'true' : switchValue(flag, inline);
    return negated ? String(value !== 'true') : value;
  }
  const value = inline ?? rest.shift();
  if (value === undefined) throw new UsageError(`--${flag.name} needs a value: --${flag.name} ${flag.value}`);
  return value;
}

function flagValues(
  flags: readonly Flag[],
  given: ReadonlyMap<string, readonly string[]>,
  environment: NodeJS.ProcessEnv,
): FlagValues {
  const find = (name: string): Flag => {
    const flag = flags.find((candidate) => candidate.name === name);
    if (flag === undefined) throw new Error(`no flag --${name} in this command's table`);
    return flag;
  };
  const text = (name: string): string | undefined => {
    const flag = find(name);
    const fromVariable = flag.variable === undefined ? undefined : environment[flag.variable];
    return given.get(name)?.at(-1) ?? (fromVariable === '' ? undefined : fromVariable) ?? flag.default;
  };
  return {
    text,
    required: (name) => text(name) ?? '',
    on: (name) => (given.get(name)?.at(-1) ?? String(find(name).on ?? false)) === 'true',
    all: (name) => given.get(name) ?? (text(name) === undefined ? [] : (text(name) ?? '').split(',')),
    given: (name) => given.has(name),
    number: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (value.trim() !== '' && Number.isFinite(number) && number > 0) return number;
      throw new UsageError(`--${name}: expected a number greater than 0, found "${value}"`);
    },
  };
}
