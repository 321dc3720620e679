import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, CommandContext } from '../command.ts';
import { commandPage, programPage } from '../command-page.ts';
import { EXIT } from '../exit-code.ts';

const FOLDER = join('Documentation', 'command');

const withSubcommands = (commands: readonly Command[]): Command[] =>
  commands.flatMap((command) => [command, ...(command.subcommands ?? [])]);

/** `slipway doc`: one page for the program and one for each command, or all of them on standard output with --debug. */
export async function doc(context: CommandContext): Promise<number> {
  const { program, currentFolder, flags, stdout, stderr } = context;
  const pages = [
    { name: program.name, text: programPage(program) },
    ...withSubcommands(program.commands).map((command) => ({
      name: command.name.replaceAll(' ', '-'),
      text: commandPage(program, command),
    })),
  ];
  if (flags.on('debug')) {
    stdout.write(pages.map(({ text }) => text).join('\n'));
    return EXIT.passed;
  }
  const folder = join(currentFolder, FOLDER);
  await mkdir(folder, { recursive: true });
  for (const { name, text } of pages) await writeFile(join(folder, `${name}.adoc`), text);
  stderr.write(`Wrote ${pages.length} pages to ${FOLDER}\n`);
  return EXIT.passed;
}
