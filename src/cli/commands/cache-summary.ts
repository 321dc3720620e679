import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway cache summary` */
export async function cacheSummary(context: CommandContext): Promise<number> {
  await using cache = await openCache(context);
  const { refs, leftOut } = await cache.repository.refreshSummary();
  const { folder } = cache.repository;
  if (wantsJson(context)) {
    context.stdout.write(commandLine('cache-summary', { repository: folder, refs, leftOut }));
    return EXIT.passed;
  }
  context.stdout.write(`The summary of ${folder} lists ${refs} ${refs === 1 ? 'ref' : 'refs'}\n`);
  if (leftOut > 0) {
    context.stderr.write(
      `warning: ${leftOut} refs do not fit, as clients read 10 MiB of it: the oldest are left out, and can only be pulled by those who ask for them by name\n`,
    );
  }
  return EXIT.passed;
}
