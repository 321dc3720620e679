import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchGit, GitFetchError, readGitFacts } from '../project/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import type { RunSource } from './request.ts';

type GitSource = Extract<RunSource, { type: 'git' }>;

/**
 * Clones a repository as the run's copy of the source. The run goes on with what git says of it, and relative step
 * folders begin in it: they are the project's own.
 */
export async function fetchRepository(context: RunContext, source: GitSource): Promise<RunContext> {
  const { request, folder, signal, notice } = context;
  const { target, facts } = source;
  try {
    await fetchGit({ target, folder: folder.project, environment: request.hostEnvironment, signal });
  } catch (cause) {
    if (!(cause instanceof GitFetchError)) throw cause;
    throw new RunError({ reason: 'source', message: cause.message }, { cause });
  }
  if ((await stat(join(folder.project, '.gitmodules')).catch(() => undefined)) !== undefined) {
    notice('warning', 'the project has submodules; they are not fetched');
  }
  const { domain, owner, repository } = target;
  const git = await readGitFacts(folder.project, { domain, owner, repository, ...facts });
  return { ...context, request: { ...request, git, currentFolder: folder.project } };
}
