import { uploadArtifact } from '../artifacts/index.ts';
import type { TaskContext } from '../task/task-context.ts';

export const LOG_TYPE = 'text/plain; charset=utf-8';

/**
 * Bounds what is done after a run. Its own signal is of no use then: a run that was aborted, or took too long, has a log
 * that is worth keeping all the same.
 */
export const afterRun = ({ settings, gone }: TaskContext): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(settings.uploadTimeoutMs), gone]);

/** Uploads the whole log of a run that has ended, compressed; says its SHA-256 in hex. Throws when it was given up. */
export async function storeLog(task: TaskContext, name: string, contentType = LOG_TYPE): Promise<string> {
  const { sha256 } = await uploadArtifact(
    task,
    {
      name,
      contentType,
      expires: task.claim.task.expires,
      gzip: true,
      open: () => task.log.read({ follow: false }),
      sizeBytes: task.log.sizeBytes,
    },
    { signal: afterRun(task) },
  );
  return sha256;
}
