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

type DefinedKind = Exclude<NameKind, 'refs'>;

const NAMES: Readonly<Record<DefinedKind, (definition: Definition) => Iterable<string>>> = {
  pipelines: ({ pipelines }) => pipelines.keys(),
  workflows: ({ workflows }) => workflows.keys(),
};

const isDefinedKind = (word: string): word is DefinedKind => Object.hasOwn(NAMES, word);

/** One name a line, for the scripts; nothing where there is no file. A name with white space would come out as two. */
async function printNames({ currentFolder, stdout }: CommandContext, kind: DefinedKind): Promise<void> {
  const { definition } = await loadDefinition({ folders: [currentFolder], currentFolder });
  const names = definition === undefined ? [] : [...NAMES[kind](definition)];
  for (const name of names) if (/^[\w./@:+-]+$/.test(name)) stdout.write(`${name}\n`);
}

/** The artifacts of this machine, one a line; nothing where there is no repository yet. */
async function printRefs(context: CommandContext): Promise<void> {
  const { CacheError, openRepository } = await import('../../cache/index.ts');
  const { ownCacheFolder } = await import('../open-cache.ts');
  try {
    await using repository = await openRepository(await ownCacheFolder(context));
    for (const { ref } of await repository.listRefs()) context.stdout.write(`${ref}\n`);
  } catch (error) {
    if (!(error instanceof CacheError && error.code === 'NO_REPOSITORY')) throw error;
  }
}

/**
 * `slipway completion bash|zsh|fish`, and for these scripts `pipelines` and `workflows`: the names in the file here, and
 * `refs`: those of this machine's cache.
 */
export async function completion(context: CommandContext): Promise<number> {
  const { positionals, stdout, program } = context;
  const [word = ''] = positionals;
  if (word === 'refs') {
    await printRefs(context);
    return EXIT.passed;
  }
  if (isDefinedKind(word)) {
    await printNames(context, word);
    return EXIT.passed;
  }
  const script = Object.hasOwn(SHELLS, word) ? SHELLS[word] : undefined;
  if (script === undefined) throw new UsageError('completion: name the shell: bash, zsh or fish');
  stdout.write(script(program));
  return EXIT.passed;
}
