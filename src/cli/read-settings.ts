import { type Settings, settleSettings } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';

export interface ReadSettings {
  readonly settings: Settings;
  /** The configuration file that was read, or would have been; absolute. */
  readonly file: string;
  readonly fileExists: boolean;
}

/** As much of a command's context as the settings depend on. */
export type SettingsContext = Pick<
  CommandContext,
  'flags' | 'environment' | 'currentFolder' | 'configuration'
>;

/** Texts that flags of the command line give, by name. */
function givenFlags({ flags }: SettingsContext, names: readonly string[]): Map<string, readonly string[]> {
  return new Map(names.filter((name) => flags.given(name)).map((name) => [name, flags.all(name)]));
}

/**
 * What counts of flags, variables, configuration file and defaults, in this order. `flagNames`: those flags of the command
 * that are fields of the configuration. Throws `UsageError` and `ConfigurationError`.
 */
export async function readSettings(
  context: SettingsContext,
  flagNames: readonly string[] = [],
): Promise<ReadSettings> {
  const { environment, currentFolder } = context;
  const file = await context.configuration();
  const flags = givenFlags(context, flagNames);
  const settings = settleSettings({ environment, currentFolder, file, flags });
  if (!settings.ok) throw new UsageError(settings.error);
  return { settings: settings.value, file: file.path, fileExists: file.exists };
}
