import { resolve } from 'node:path';
import { publishStep } from '../../steps/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { readToken } from '../token.ts';

/** `slipway step publish [DIR]`: says nothing when all went well, like the original. */
export async function stepPublish(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout, stderr } = context;
  const token = await readToken(flags);
  const owner = flags.text('owner');
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const published = await publishStep({
    folder: resolve(currentFolder, positionals[0] ?? '.'),
    registryUrl: flags.required('steps-registry'),
    ...(token === undefined ? {} : { token }),
    ...(owner === undefined ? {} : { owner }),
    isPrivate: flags.on('private'),
    onNotice: (text) => stderr.write(`${text}\n`),
    signal: interrupts.signal,
  });
  if (!published.ok) {
    const { message, hint } = published.error;
    if (wantsJson(context)) throw new CommandError(message, hint);
    stderr.write(`${message}\n${hint === undefined ? '' : `  ${hint}\n`}`);
    return EXIT.failed;
  }
  const { version: stepVersion, ...rest } = published.value;
  if (wantsJson(context)) stdout.write(commandLine('step-published', { ...rest, stepVersion }));
  else if (flags.on('verbose')) stderr.write(`Published ${rest.name} ${stepVersion}\n`);
  return EXIT.passed;
}
