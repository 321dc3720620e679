import { type Repository, type RepositoryStatus, repositoryStatus } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { formatAge } from '../render/age.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway cache status` */
export async function cacheStatus(context: CommandContext): Promise<number> {
  await using cache = await openCache(context);
  const { repository } = cache;
  const status = await repositoryStatus(repository);
  const { quotaBytes, keepFreeBytes } = repository.settings;
  const { lastUsedAt, leastUsedAt, ...counted } = status;
  context.stdout.write(
    wantsJson(context)
      ? commandLine('cache-status', {
          repository: repository.folder,
          ...counted,
          keepFreeBytes,
          ...(quotaBytes !== undefined && { quotaBytes }),
          // Times of files have fractions, and nobody needs them.
          ...(lastUsedAt !== undefined && { lastUsedAt: Math.round(lastUsedAt) }),
          ...(leastUsedAt !== undefined && { leastUsedAt: Math.round(leastUsedAt) }),
        })
      : `${describe(repository, status, Date.now()).join('\n')}\n`,
  );
  return EXIT.passed;
}

function usedShare(bytes: number, quotaBytes: number | undefined): string {
  if (quotaBytes === undefined) return 'no quota';
  return `${Math.ceil((100 * bytes) / quotaBytes)}% of the quota of ${formatBytes(quotaBytes)}`;
}

function describe(repository: Repository, status: RepositoryStatus, now: number): string[] {
  const { refs, objects, bytes, unneededBytes, unneededObjects, lastUsedAt, leastUsedAt, leastUsed } = status;
  const { keptObjects, keptBytes } = status;
  const { quotaBytes, keepFreeBytes } = repository.settings;
  return [
    repository.folder,
    `  artifacts    ${refs} ${refs === 1 ? 'ref' : 'refs'}`,
    `  stored       ${formatBytes(bytes)} in ${objects} objects, ${usedShare(bytes, quotaBytes)}`,
    ...(keepFreeBytes > 0 ? [`  stays free   ${formatBytes(keepFreeBytes)} of the disk`] : []),
    `  not needed   ${formatBytes(unneededBytes)} in ${unneededObjects} objects, which \`slipway cache prune\` removes`,
    ...(keptObjects === 0
      ? []
      : [`  left by cuts ${formatBytes(keptBytes)} in ${keptObjects} objects, for the next push or pull`]),
    ...(lastUsedAt === undefined ? [] : [`  last used    ${formatAge(lastUsedAt, now)}`]),
    ...(leastUsedAt === undefined
      ? []
      : [`  goes first   ${leastUsed}, used ${formatAge(leastUsedAt, now)}`]),
    ...status.pinned.map(
      (ref) => `  pinned       ${ref}${status.absentPins.includes(ref) ? ', which is not there' : ''}`,
    ),
    ...status.incomplete.map(({ ref, problem }) => `  not whole    ${ref}: ${problem}`),
  ];
}
