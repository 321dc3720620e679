import { resolve } from 'node:path';
import { CacheError, checkoutTree } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { findRef } from '../cached-artifacts/find-ref.ts';
import { counted } from '../cached-artifacts/tree-lines.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openCache } from '../open-cache.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** What people who build want of an artifact; its metadata and logs are beside it. */
const FILES = 'files';

function subpathOf({ flags }: CommandContext): string {
  const path = flags.text('path');
  if (path !== undefined && flags.on('whole')) throw new UsageError('--path and --whole exclude each other');
  return flags.on('whole') ? '' : (path ?? FILES);
}

/** What the person can do about it. */
function explained(error: unknown, context: CommandContext, signal: AbortSignal): unknown {
  if (signal.aborted) return new CommandError('interrupted', 'Nothing was written.');
  const isDefault = context.flags.text('path') === undefined && !context.flags.on('whole');
  const hasNoFiles =
    error instanceof CacheError && error.code === 'BAD_TREE' && /^there is no files /.test(error.message);
  if (!isDefault || !hasNoFiles) return error;
  return new CommandError('the artifact has no folder "files"', '--whole writes all of it.');
}

/** `slipway cache checkout REF DIR` */
export async function cacheCheckout(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout } = context;
  const [word, directory] = positionals;
  if (word === undefined || directory === undefined)
    throw new UsageError('cache checkout: name an artifact and a folder: slipway cache checkout REF DIR');
  const subpath = subpathOf(context);
  await using cache = await openCache(context);
  const { ref, commit } = await findRef(cache.repository, word);
  const folder = resolve(currentFolder, directory);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  const checkedOut = await checkoutTree(cache.repository, commit, folder, {
    subpath,
    force: flags.on('force'),
    signal,
  }).catch((error: unknown) => {
    throw explained(error, context, signal);
  });
  await cache.repository.touch(commit);
  const { files, links, sizeBytes } = checkedOut;
  stdout.write(
    wantsJson(context)
      ? commandLine('cache-checked-out', { ref, commit, folder, ...checkedOut })
      : `${shownText(folder, 1000)}: ${counted(files, 'file')}, ${counted(links, 'link')}, ${formatBytes(sizeBytes)}\n`,
  );
  return EXIT.passed;
}
