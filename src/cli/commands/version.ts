import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { versionText } from '../version.ts';

/** `slipway version`; with `--json` in the original's form, with `--output json` as one line. */
export function version(context: CommandContext): Promise<number> {
  const { flags, stdout } = context;
  const slipway = versionText();
  const { node } = process.versions;
  if (flags.on('json')) stdout.write(`${JSON.stringify({ version: slipway, node }, undefined, 2)}\n`);
  else if (wantsJson(context)) stdout.write(commandLine('version', { slipway, node }));
  else stdout.write(`Version: ${slipway}\nNode: ${node}\n`);
  return Promise.resolve(EXIT.passed);
}
