import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { versionText } from '../version.ts';

/** `slipway version` */
export function version({ flags, stdout }: CommandContext): Promise<number> {
  const json = flags.on('json') || flags.text('output') === 'json';
  const node = process.versions.node;
  const text = `Version: ${versionText()}\nNode: ${node}\n`;
  stdout.write(json ? `${JSON.stringify({ version: versionText(), node }, undefined, 2)}\n` : text);
  return Promise.resolve(EXIT.passed);
}
