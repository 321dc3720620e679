import { readGitOrigin } from '../../project/index.ts';
import type { RunRequest } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';

/**
 * The request of a build that may come from the cache. Two clones of a repository are in folders of different names: in
 * the cache their builds are called by the repository, unless the line names the application.
 */
export async function withSharedName({ flags }: CommandContext, request: RunRequest): Promise<RunRequest> {
  const { source } = request;
  if (source.type !== 'folder' || flags.text('application-name') !== undefined) return request;
  const origin = await readGitOrigin(source.folder);
  if (origin === undefined) return request;
  const { repository, path } = origin;
  return { ...request, cachedAs: path === '' ? repository : `${repository}/${path}` };
}
