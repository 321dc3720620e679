import { readSecret, type SecretReference, type Setting } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import type { FlagValues } from './flag-values.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';

/** What the file, or a variable that every field has, says of a flag, as texts that the flag could have been given. */
type FileTexts = ReadonlyMap<string, readonly string[]>;

async function textsOf(
  { path, field, value }: Setting,
  context: CommandContext,
  { file }: ReadSettings,
): Promise<readonly string[]> {
  if (Array.isArray(value)) return value.map(String);
  if (field.kind !== 'secret') return [String(value)];
  // A secret of the file is a reference: its kind has read it so.
  return [await readSecret(path, value as SecretReference, { environment: context.environment, file })];
}

/** Whether a flag would not find the value by itself. */
const isForFlag = ({ origin }: Setting): boolean =>
  origin.from === 'file' || (origin.from === 'variable' && origin.isGenerated === true);

/** A server whose section has fields of the same flags as the other one's. */
export type ServerSection = 'download' | 'server';

async function fileTexts(
  context: CommandContext,
  read: ReadSettings,
  section: ServerSection | undefined,
): Promise<FileTexts> {
  const texts = new Map<string, readonly string[]>();
  const all = read.settings.list();
  const isOwn = ({ path }: Setting): boolean => path.startsWith(`${section}.`);
  const own = new Set(all.filter(isOwn).map(({ field }) => field.flag));
  for (const setting of all) {
    const { flag } = setting.field;
    if (flag === undefined || !isForFlag(setting) || context.flags.given(flag)) continue;
    if (own.has(flag) && !isOwn(setting)) continue;
    // Only that server has one, and its secret may be none that others can read.
    if (setting.path.startsWith('database.') && section !== 'server') continue;
    texts.set(flag, await textsOf(setting, context, read));
  }
  return texts;
}

/** Flags between which and their defaults the file stands. */
function withTexts(flags: FlagValues, texts: FileTexts): FlagValues {
  const text = (name: string): string | undefined => texts.get(name)?.at(-1) ?? flags.text(name);
  return {
    text,
    required: (name) => text(name) ?? '',
    on: (name) => (texts.has(name) ? text(name) === 'true' : flags.on(name)),
    all: (name) => texts.get(name) ?? flags.all(name),
    number: (name) => (texts.has(name) ? Number(text(name)) : flags.number(name)),
    given: (name) => texts.has(name) || flags.given(name),
  };
}

/**
 * The context of a command whose flags are fields of the configuration: what the file says counts as if it had been given,
 * where neither the line nor a variable says it; of two fields for one flag that of the section. Whoever asks for the data folder gets the one of the file. Throws
 * `UsageError` and `ConfigurationError`.
 */
export async function configuredContext(
  context: CommandContext,
  section?: ServerSection,
): Promise<CommandContext> {
  const read = await readSettings(context);
  const flags = withTexts(context.flags, await fileTexts(context, read, section));
  const folder = read.settings.get('data.folder');
  const environment =
    folder === undefined ? context.environment : { ...context.environment, SLIPWAY_DATA_DIR: folder };
  const all = Object.getOwnPropertyDescriptors(context); // a copy of the values would open the input
  const changed = {
    flags: { ...all.flags, value: flags },
    environment: { ...all.environment, value: environment },
  };
  return Object.defineProperties({}, { ...all, ...changed }) as CommandContext; // what it had, two of it replaced
}
