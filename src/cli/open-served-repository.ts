import { resolve } from 'node:path';
import { openRepository, type Repository } from '../cache/index.ts';
import type { CommandContext } from './command.ts';
import { openCache } from './open-cache.ts';

/** The one that `--repository` names, which has to be there, or this machine's own, which is made at its first use. */
export async function openServedRepository(context: CommandContext): Promise<Repository> {
  const named = context.flags.text('repository');
  if (named !== undefined) return await openRepository(resolve(context.currentFolder, named));
  return (await openCache(context)).repository;
}
