import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway cache remove REF...`: those that are there go, and the others are an error afterwards. */
export async function cacheRemove(context: CommandContext): Promise<number> {
  const { positionals, stdout } = context;
  if (positionals.length === 0) throw new UsageError('cache remove: name a ref, like project/element/KEY');
  await using cache = await openCache(context);
  const { folder } = cache.repository;
  const removed = await cache.repository.removeRefs([...new Set(positionals)]);
  for (const ref of removed) {
    stdout.write(
      wantsJson(context)
        ? commandLine('cache-removed', { repository: folder, ref })
        : `Removed ${ref} from ${folder}\n`,
    );
  }
  const absent = positionals.filter((ref) => !removed.includes(ref));
  if (absent.length === 0) return EXIT.passed;
  throw new CommandError(
    `There is no ${absent.join(', ')} in ${folder}`,
    '`slipway cache list` says what there is.',
  );
}
