import { readSecret, type SecretReference, type Setting, storeLocation } from '../../config/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { SETTINGS_FLAGS } from '../flags/settings.ts';
import { type ReadSettings, readSettings } from '../read-settings.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { variableWarnings } from '../strange-variables.ts';

/** `slipway config check` */
export async function configCheck(context: CommandContext): Promise<number> {
  const { stdout, stderr, environment } = context;
  const warnings = variableWarnings(environment);
  // Said where the rest is wrong, too: a slip of one name may be why.
  if (!wantsJson(context)) for (const warning of warnings) stderr.write(`warning: ${warning}\n`);
  const flags = SETTINGS_FLAGS.map(({ name }) => name);
  const read = await readSettings(context, flags);
  const { file, fileExists } = read;
  const mistakes = await mistakesIn(read, environment);
  if (mistakes.length > 0)
    throw new CommandError(
      `the configuration has ${countOf(mistakes)}\n${mistakes.join('\n')}`,
      `Its file is ${file}.`,
    );
  if (wantsJson(context)) {
    stdout.write(commandLine('configuration-checked', { file, fileExists, warnings }));
    return EXIT.passed;
  }
  stdout.write(
    fileExists ? `${file} has no mistakes.\n` : `There is no configuration file; it would be ${file}\n`,
  );
  return EXIT.passed;
}

const countOf = (mistakes: readonly string[]): string =>
  mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;

/** What cannot be seen in one value: secrets that are not there, halves of what goes together. */
export async function mistakesIn(read: ReadSettings, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const { settings, file } = read;
  const list = settings.list();
  const given = (path: string): boolean =>
    list.some((each) => each.path === path && each.value !== undefined);
  const checks = [
    ...list.filter(isReference).map(({ path, value }) => async () => {
      await readSecret(path, value as SecretReference, { environment, file }); // its kind has read it so
    }),
    () => storeLocation({ settings, environment, file }),
  ];
  const found = await Promise.all(checks.map(sentenceOf));
  const halves = (['server', 'download'] as const).flatMap((section) =>
    given(`${section}.certfile`) === given(`${section}.keyfile`)
      ? []
      : [`${section}.certfile and ${section}.keyfile go together: HTTPS needs both, HTTP neither`],
  );
  return [...new Set([...found.flat(), ...halves])];
}

const isReference = ({ field, value }: Setting): boolean =>
  field.kind === 'secret' && typeof value === 'object' && value !== null;

async function sentenceOf(check: () => Promise<unknown>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ConfigurationError')) throw error;
    // The first line says how many there are.
    return error.message.split('\n').slice(1);
  }
}
