import { CacheError, type CacheErrorCode, checkoutTree } from '../../cache/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import { TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { deploymentCache, type Fetching, fetchRef } from './fleet-cache.ts';
import type { PipelinePayload } from './schema.ts';

/** Puts the source of a pipeline into a folder. Throws `TaskFailure` and the signal's reason. */
export async function fetchSource(
  task: TaskContext,
  { source }: PipelinePayload,
  { folder, ...given }: Pick<Fetching, 'repository' | 'signal'> & { readonly folder: string },
): Promise<void> {
  const { repository, signal } = given;
  const startedAt = task.now();
  const url = source.cache ?? (await deploymentCache(task));
  if (url === undefined) {
    throw new TaskFailure(
      'The source cannot be fetched: this queue has no artifact cache beside it. `pipeline.source.cache` names the address of one.',
    );
  }
  try {
    const fetched = await fetchRef(task, { ...given, url, ref: source.ref });
    const { outcome } = fetched;
    if (outcome.type === 'absent') throw gone(source.ref);
    if (outcome.type === 'failed') throw outcome.error;
    if (outcome.commit !== source.commit) throw moved(source.ref);
    const { files, sizeBytes } = await checkoutTree(repository, source.commit, folder, { signal });
    await repository.touch(source.commit);
    const took = formatDuration(task.now() - startedAt);
    const came =
      fetched.objects === 0 ? 'all of it was here' : `${formatBytes(fetched.bytes)} came over the network`;
    task.log.line(
      `The source is here after ${took}: ${files === 1 ? '1 file' : `${files} files`}, ${formatBytes(sizeBytes)}; ${came}.`,
    );
  } catch (error) {
    if (!(error instanceof CacheError) || signal.aborted) throw error;
    throw new TaskFailure(`The source cannot be fetched: ${error.message}`, {
      cause: error,
      ...(OF_THE_WORKER.includes(error.code) && { exception: 'resource-unavailable' }),
    });
  }
}

/** What another worker, or this one later, may have. */
const OF_THE_WORKER: readonly CacheErrorCode[] = ['UNAVAILABLE', 'NO_SPACE'];

const gone = (ref: string): TaskFailure =>
  new TaskFailure(
    `The source is not in the artifact cache: there is no ref ${ref}. It may have been pruned: submit again.`,
  );

const moved = (ref: string): TaskFailure =>
  new TaskFailure(
    `The source is another one by now: ${ref} does not name the commit that the task was made for.`,
  );
