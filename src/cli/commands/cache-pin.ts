import { pinRefs, unpinRefs } from '../../cache/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

function namedRefs({ positionals }: CommandContext, command: string): readonly string[] {
  if (positionals.length === 0) throw new UsageError(`${command}: name a ref, like project/element/KEY`);
  return [...new Set(positionals)];
}

function say(context: CommandContext, repository: string, ref: string, pinned: boolean): void {
  const words = pinned ? 'is pinned' : 'is not pinned any more';
  context.stdout.write(
    wantsJson(context) ? commandLine('cache-pinned', { repository, ref, pinned }) : `${ref} ${words}\n`,
  );
}

/** `slipway cache pin REF...`: all of them or none. */
export async function cachePin(context: CommandContext): Promise<number> {
  const refs = namedRefs(context, 'cache pin');
  await using cache = await openCache(context);
  await pinRefs(cache.repository, refs);
  for (const ref of refs) say(context, cache.repository.folder, ref, true);
  return EXIT.passed;
}

/** `slipway cache unpin REF...`: those that are pinned, and the others are an error afterwards. */
export async function cacheUnpin(context: CommandContext): Promise<number> {
  const refs = namedRefs(context, 'cache unpin');
  await using cache = await openCache(context);
  const { folder } = cache.repository;
  const removed = await unpinRefs(cache.repository, refs);
  for (const ref of removed) say(context, folder, ref, false);
  const others = refs.filter((ref) => !removed.includes(ref));
  if (others.length === 0) return EXIT.passed;
  throw new CommandError(
    `${others.join(', ')} was not pinned in ${folder}`,
    '`slipway cache status` says what is pinned.',
  );
}
