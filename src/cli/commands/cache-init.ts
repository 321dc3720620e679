import { resolve } from 'node:path';
import { initRepository, openRepository, type RepositorySettings } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';
import { ownCacheFolder } from '../open-cache.ts';
import { readSize } from '../read-size.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** Only what the line gives: the rest stays as it is. */
function givenSettings(flags: FlagValues): Partial<RepositorySettings> {
  const quotaBytes = readSize(flags, 'quota');
  const keepFreeBytes = finite(readSize(flags, 'keep-free'), 'keep-free');
  const maxObjectBytes = finite(readSize(flags, 'max-object'), 'max-object');
  const objects = flags.text('objects');
  return {
    ...(quotaBytes !== undefined && { quotaBytes }),
    ...(keepFreeBytes !== undefined && { keepFreeBytes }),
    ...(maxObjectBytes !== undefined && { maxObjectBytes }),
    ...(flags.given('write-once') && { writeOnce: flags.on('write-once') }),
    ...(objects !== undefined && { objects }),
  };
}

function finite(bytes: number | undefined, name: string): number | undefined {
  if (bytes !== Number.POSITIVE_INFINITY) return bytes;
  throw new UsageError(`--${name}: expected a size such as 20GiB`);
}

function describeSettings({
  quotaBytes,
  keepFreeBytes,
  writeOnce,
  maxObjectBytes,
  objects,
}: RepositorySettings) {
  const size = (bytes: number): string => formatBytes(bytes);
  return [
    `  quota         ${quotaBytes === undefined ? 'none: what the disk has' : size(quotaBytes)}`,
    `  stays free    ${size(keepFreeBytes)}`,
    `  largest file  ${size(maxObjectBytes)}`,
    `  written once  ${writeOnce ? 'yes: a ref of a whole artifact never moves' : 'no: the last push counts'}`,
    ...(objects === undefined ? [] : [`  objects       ${objects}`]),
  ];
}

/** `slipway cache init [DIR]` */
export async function cacheInit(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout } = context;
  const [named] = positionals;
  const settings = givenSettings(flags);
  const folder = named === undefined ? await ownCacheFolder(context) : resolve(currentFolder, named);
  await initRepository(folder, settings);
  await using repository = await openRepository(folder);
  stdout.write(
    wantsJson(context)
      ? commandLine('cache-initialised', { repository: repository.folder, settings: repository.settings })
      : `The repository ${repository.folder} is ready\n${describeSettings(repository.settings).join('\n')}\n`,
  );
  return EXIT.passed;
}
