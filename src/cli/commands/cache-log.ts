import { CacheError, readTreeFile } from '../../cache/index.ts';
import { findRef } from '../cached-artifacts/find-ref.ts';
import { linesOf } from '../cached-artifacts/safe-text.ts';
import { writeContent, writeOut } from '../cached-artifacts/write-out.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const BUILD_LOG = 'logs/build.log';

async function* jsonLines(ref: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  for await (const text of linesOf(content)) yield commandLine('cache-log', { ref, text });
}

/** `slipway cache log REF` */
export async function cacheLog(context: CommandContext): Promise<number> {
  const [word] = context.positionals;
  if (word === undefined) throw new UsageError('cache log: name an artifact: slipway cache log REF');
  await using cache = await openCache(context);
  const { ref, commit } = await findRef(cache.repository, word);
  await using log = await readTreeFile(cache.repository, commit, BUILD_LOG).catch((error: unknown) => {
    if (!(error instanceof CacheError) || error.code !== 'BAD_TREE') throw error;
    throw new CommandError(`${ref} has no log`, `slipway cache show ${ref} says what it has.`);
  });
  if (wantsJson(context)) await writeOut(context, jsonLines(ref, log.content));
  else await writeContent(context, log.content);
  return EXIT.passed;
}
