import type { Result } from '../../kernel/index.ts';
import type { RunFailure, RunRequest } from '../request.ts';
import type { BuildExplanation, ExplainBuildDependencies } from './explain-build.ts';

/**
 * What a cached build depends on and what changed since the newest one that is here. Runs nothing, asks no other cache, and
 * may be called again. Throws `CacheError` for trouble with this machine's repository.
 */
export async function explainBuild(
  request: RunRequest,
  dependencies: ExplainBuildDependencies,
): Promise<Result<BuildExplanation, RunFailure>> {
  const explain = await import('./explain-build.ts'); // a plain run loads nothing of the cache
  return await explain.explainBuild(request, dependencies);
}
