import type { Definition } from '../../pipeline/index.ts';
import { loadDefinition } from '../../project/index.ts';
import type { CommandContext } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import type { NameKind } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import type { Program } from '../programs.ts';

const SHELLS: Readonly<Record<string, (program: Program) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const NAMES: Readonly<Record<NameKind, (definition: Definition) => Iterable<string>>> = {
  pipelines: ({ pipelines }) => pipelines.keys(),
  workflows: ({ workflows }) => workflows.keys(),
};

const isNameKind = (word: string): word is NameKind => Object.hasOwn(NAMES, word);

/** One name a line, for the scripts; nothing where there is no file. A name with white space would come out as two. */
async function printNames({ currentFolder, stdout }: CommandContext, kind: NameKind): Promise<void> {
  const { definition } = await loadDefinition({ folders: [currentFolder], currentFolder });
  const names = definition === undefined ? [] : [...NAMES[kind](definition)];
  for (const name of names) if (/^[\w./@:+-]+$/.test(name)) stdout.write(`${name}\n`);
}

/** `slipway completion bash|zsh|fish`, and for these scripts `pipelines` and `workflows`: the names in the file here. */
export async function completion(context: CommandContext): Promise<number> {
  const { positionals, stdout, program } = context;
  const [word = ''] = positionals;
  if (isNameKind(word)) {
    await printNames(context, word);
    return EXIT.passed;
  }
  const script = Object.hasOwn(SHELLS, word) ? SHELLS[word] : undefined;
  if (script === undefined) throw new UsageError('completion: name the shell: bash, zsh or fish');
  stdout.write(script(program));
  return EXIT.passed;
}
