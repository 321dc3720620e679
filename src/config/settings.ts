import { resolve } from 'node:path';
import { fail, ok, type Result } from '../kernel/index.ts';
import { type ConfigField, FIELDS, type FieldPath, type ListedField, type ValueAt } from './fields.ts';
import { KINDS, type KindName, readValue } from './kinds.ts';
import { type ConfigurationFile, type ConfigurationOptions, homeOf } from './read-configuration.ts';
import { isServiceLink, variableOf } from './variables.ts';

/** Where a value comes from. */
export type Origin =
  | { readonly from: 'flag'; readonly flag: string }
  | {
      readonly from: 'variable';
      readonly variable: string;
      /** Every field has one by its name; no flag reads it. */
      readonly isGenerated?: true;
    }
  | { readonly from: 'file'; readonly file: string; readonly line: number }
  | { readonly from: 'default' };

export interface Setting {
  readonly path: FieldPath;
  readonly field: ConfigField;
  /** Absent: there is none, and no default. */
  readonly value?: unknown;
  readonly origin: Origin;
}

/** What counts of flags, variables, file and defaults, in this order. */
export interface Settings {
  /** The value that counts; `undefined` where nobody gives one and there is no default. */
  get<P extends FieldPath>(path: P): ValueAt<P> | undefined;
  originOf(path: FieldPath): Origin;
  /** All of them, in the order of the table. */
  list(): readonly Setting[];
}

export interface SettingsInput extends ConfigurationOptions {
  readonly file: ConfigurationFile;
  /** Texts that flags of the command line give, by the flag's name. */
  readonly flags?: ReadonlyMap<string, string | readonly string[]>;
}

const HIDDEN = '***';

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

interface Said {
  readonly value: unknown;
  readonly origin: Origin;
}

/** What the person said outside of the file. */
function saidOutside(listed: ListedField, { flags, environment }: SettingsInput): Said | undefined {
  const { flag, variable } = listed.field;
  const byFlag = flag === undefined ? undefined : flags?.get(flag);
  if (flag !== undefined && byFlag !== undefined) return { value: byFlag, origin: { from: 'flag', flag } };
  const byVariable = variable === undefined ? undefined : environment[variable];
  if (variable !== undefined && byVariable)
    return { value: byVariable, origin: { from: 'variable', variable } };
  const generated = variableOf(listed);
  const byName = environment[generated];
  if (!byName || isServiceLink(generated, byName)) return undefined;
  return { value: byName, origin: { from: 'variable', variable: generated, isGenerated: true } };
}

/** Several paths stand in one variable as programs do in `PATH`, and caches as they would in a file of JSON. */
function takenApart(kind: KindName, text: string): unknown {
  if (kind === 'paths') return text.split(':');
  if (kind !== 'caches') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // which is none, and is said so
  }
}

/** A value that flags and variables give comes as text, relative to the current folder. Gives a sentence where it is none. */
function read(
  { field }: ListedField,
  { value, origin }: Said,
  input: SettingsInput,
): Result<unknown, string> {
  const { environment, currentFolder } = input;
  const isGenerated = origin.from === 'variable' && origin.isGenerated === true;
  // A secret that a flag or variable gives is read by who needs it, and is no value that anybody is shown.
  if (field.kind === 'secret') return ok(isGenerated ? { variable: origin.variable } : HIDDEN);
  const given = isGenerated ? takenApart(field.kind, String(value)) : value;
  const said = field.kind === 'paths' || typeof given !== 'object' || isGenerated ? given : lastOf(given);
  const context = { folder: currentFolder, home: homeOf(environment), resolve };
  const name =
    origin.from === 'flag' ? `--${origin.flag}` : origin.from === 'variable' ? `$${origin.variable}` : '';
  const found = readValue(field.kind, said, context);
  const isChoice = found.ok && (field.choices?.some((choice) => choice === found.value) ?? true);
  if (found.ok && isChoice) return found;
  const expected = field.choices?.join(', ') ?? KINDS[field.kind].expected;
  return fail(`${name}: expected ${expected}, found "${String(said)}"`);
}

function settle(listed: ListedField, input: SettingsInput): Result<Setting, string> {
  const { path, field } = listed;
  const outside = saidOutside(listed, input);
  if (outside !== undefined) {
    const value = read(listed, outside, input);
    return value.ok ? ok({ path, field, value: value.value, origin: outside.origin }) : value;
  }
  const inFile = input.file.values.get(path);
  if (inFile !== undefined) {
    const origin: Origin = { from: 'file', file: input.file.path, line: inFile.line };
    return ok({ path, field, value: inFile.value, origin });
  }
  return ok({
    path,
    field,
    ...(field.default !== undefined && { value: field.default }),
    origin: { from: 'default' },
  });
}

/** What counts, or a sentence for each flag and variable that cannot be understood, one a line. */
export function settleSettings(input: SettingsInput): Result<Settings, string> {
  const settings = new Map<FieldPath, Setting>();
  const mistakes: string[] = [];
  for (const listed of FIELDS) {
    const setting = settle(listed, input);
    if (setting.ok) settings.set(listed.path, setting.value);
    else mistakes.push(setting.error);
  }
  if (mistakes.length > 0) return fail(mistakes.join('\n'));
  return ok({
    // Each value was read as the kind of its field, or is the field's own default.
    get: <P extends FieldPath>(path: P) => settings.get(path)?.value as ValueAt<P> | undefined,
    originOf: (path) => settings.get(path)?.origin ?? { from: 'default' },
    list: () => [...settings.values()],
  });
}
