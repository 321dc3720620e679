import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { commitTree, type Repository, stayedRefs, type TreeSource } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { counted } from '../cached-artifacts/tree-lines.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const KEY = /^[0-9a-f]{64}$/;

const keyOf = (ref: string): string | undefined => {
  const last = ref.slice(ref.lastIndexOf('/') + 1);
  return KEY.test(last) ? last : undefined;
};

/** What BuildStream reads of an artifact, where its refs have keys: the first one is the strong one, the second the weak one. */
async function metadata(refs: readonly string[], publicData: string | undefined): Promise<TreeSource[]> {
  const [strong, weak = strong] = refs.map(keyOf);
  const { ARTIFACT_METADATA, PUBLIC_DATA, metadataText } = await import(
    '../cached-artifacts/artifact-metadata.ts'
  );
  const isKeyed = strong !== undefined && weak !== undefined;
  const keys = isKeyed
    ? [{ path: ARTIFACT_METADATA, content: metadataText({ strong, weak, dependencies: {} }) }]
    : [];
  const given = publicData ?? (isKeyed ? '{}\n' : undefined);
  return given === undefined ? keys : [...keys, { path: PUBLIC_DATA, content: given }];
}

async function sourcesOf(
  { flags, currentFolder }: CommandContext,
  refs: readonly string[],
  folder: string,
): Promise<readonly TreeSource[]> {
  const at = (name: string): string | undefined => {
    const file = flags.text(name);
    return file === undefined ? undefined : resolve(currentFolder, file);
  };
  const publicFile = at('public');
  const publicData =
    publicFile === undefined
      ? undefined
      : await onFiles(`read ${publicFile}`, () => readFile(publicFile, 'utf8'));
  const log = at('log');
  return [
    { path: 'files', folder },
    ...(await metadata(refs, publicData)),
    ...(log === undefined ? [] : [{ path: 'logs/build.log', file: log }]),
  ];
}

/** A ref that is written once stays where it is, and whoever wanted to move it has to know. */
async function requireMoved(repository: Repository, refs: readonly string[], commit: string): Promise<void> {
  const wanted = refs.map((ref) => ({ ref, commit }));
  const [ref] = await stayedRefs(repository, wanted);
  if (ref === undefined) return;
  const message = `${ref} is another artifact already, and refs of ${repository.folder} are written once`;
  throw new CommandError(message, `slipway cache remove ${ref} forgets that one.`);
}

/** `slipway cache commit REF... DIR` */
export async function cacheCommit(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout } = context;
  const refs = positionals.slice(0, -1);
  const [subject] = refs;
  const directory = positionals.at(-1);
  if (subject === undefined || directory === undefined)
    throw new UsageError(
      'cache commit: name a ref and a folder: slipway cache commit project/element/KEY DIR',
    );
  const sources = await sourcesOf(context, refs, resolve(currentFolder, directory));
  await using cache = await openCache(context);
  const { repository } = cache;
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  try {
    await using staging = await repository.openStaging();
    const committed = await commitTree(staging, sources, {
      subject,
      body: flags.text('message') ?? '',
      notesFolder: join(repository.folder, '.slipway/trees'),
      signal,
    });
    const { commit } = committed;
    await staging.publish(
      refs.map((ref) => ({ ref, commit })),
      { signal },
    );
    await requireMoved(repository, refs, commit);
    const { files, newFiles, sizeBytes } = committed;
    stdout.write(
      wantsJson(context)
        ? commandLine('cache-committed', { refs, repository: repository.folder, ...committed })
        : `${refs.join(' ')}: ${formatBytes(sizeBytes)} in ${counted(files, 'file')}, ${newFiles} of them new\n`,
    );
    return EXIT.passed;
  } catch (error) {
    throw signal.aborted ? new CommandError('interrupted', 'Nothing was kept.') : error;
  }
}
