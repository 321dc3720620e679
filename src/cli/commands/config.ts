import type { KindValues, Origin, Setting } from '../../config/index.ts';
import { visibleText } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { dataFolder } from '../data-folder.ts';
import type { ShownSetting } from '../events-schema/kept-lines.ts';
import { EXIT } from '../exit-code.ts';
import { SETTINGS_FLAGS } from '../flags/settings.ts';
import { readSettings } from '../read-settings.ts';
import { tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';
import { warnOfVariables } from '../strange-variables.ts';

/** Where a secret is, never the secret. */
function secretText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '***';
  return Object.entries(value)
    .map(([kind, place]) => `*** (${kind} ${String(place)})`)
    .join('');
}

const cachesText = (value: unknown): string =>
  // A value of the kind was read as such.
  (value as KindValues['caches']).map(({ url, push }) => (push ? `${url} (push)` : url)).join(', ');

function valueText({ field, value }: Setting): string | undefined {
  if (value === undefined) return undefined;
  if (field.kind === 'secret') return secretText(value);
  if (value === Number.POSITIVE_INFINITY) return 'unlimited';
  if (field.kind === 'caches') return cachesText(value);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function originText(origin: Origin): string | undefined {
  switch (origin.from) {
    case 'flag':
      return `--${origin.flag}`;
    case 'variable':
      return `$${origin.variable}`;
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'default':
      return undefined;
  }
}

/** What holds where nobody gives a value, which is what a person wants to know then. */
function defaultText({ field, value }: Setting): string {
  const isSaid = value === undefined && field.otherwise !== undefined;
  return isSaid ? `default (${field.otherwise.replaceAll('`', '')})` : 'default';
}

/** The data folder's default depends on the machine, so no table has it. */
function withMachineDefault(context: CommandContext, setting: Setting): Setting {
  if (setting.path !== 'data.folder' || setting.value !== undefined) return setting;
  return { ...setting, value: dataFolder(context.environment, context.currentFolder) };
}

function shown(setting: Setting): ShownSetting {
  const value = valueText(setting);
  const origin = originText(setting.origin);
  return {
    name: setting.path,
    ...(value !== undefined && { value }),
    from: setting.origin.from,
    ...(origin !== undefined && { origin }),
  };
}

/** `slipway config` */
export async function config(context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const { settings, file, fileExists } = await readSettings(
    context,
    SETTINGS_FLAGS.map(({ name }) => name),
  );
  const list = settings.list().map((setting) => withMachineDefault(context, setting));
  if (wantsJson(context)) {
    for (const setting of list) stdout.write(commandLine('setting', shown(setting)));
    return EXIT.passed;
  }
  const style = createStyle(usesColour(stdout, context));
  const rows = list.map((setting) => [
    { text: setting.path },
    { text: visibleText(valueText(setting) ?? '-') },
    {
      text: visibleText(originText(setting.origin) ?? defaultText(setting)),
      paint: (text: string) => style(text, 'dim'),
    },
  ]);
  const titles = [{ title: 'SETTING' }, { title: 'VALUE' }, { title: 'FROM' }];
  stdout.write(`${tableLines(titles, rows).join('\n')}\n`);
  warnOfVariables(context);
  if (!fileExists) stderr.write(`There is no configuration file; it would be ${file}\n`);
  return EXIT.passed;
}
