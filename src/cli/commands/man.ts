import type { Command, CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { commandManPage, type ManOptions, programManPage } from '../man-page.ts';
import { versionText } from '../version.ts';

const lastWord = (name: string): string => name.slice(name.lastIndexOf(' ') + 1);

/** `build`, or `step publish` */
function findPage(words: readonly string[], commands: readonly Command[]): Command {
  const [first = '', ...rest] = words;
  const command = commands.find(({ name, short }) => lastWord(name) === first || short === first);
  if (command === undefined) throw new UsageError(`man: there is no command "${words.join(' ')}"`);
  return rest.length === 0 ? command : findPage(rest, command.subcommands ?? []);
}

/** `slipway man [COMMAND]`: the manual's page in roff, as `man -l -` reads it. */
export function man({ positionals, program, stdout }: CommandContext): Promise<number> {
  const options: ManOptions = { program, version: versionText() };
  const page =
    positionals.length === 0
      ? programManPage(options)
      : commandManPage(findPage(positionals, program.commands), options);
  stdout.write(page);
  return Promise.resolve(EXIT.passed);
}
