import type { QueueClient } from '../../queue-client/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import { errorFacts, isOver, isRefusal } from './error-facts.ts';

/**
 * What a task may, with the roles that its scopes assume. A deployment whose Auth service is not there, or refuses to answer
 * the worker, has no roles for it: then only what the task says itself holds.
 */
export async function taskScopes(
  queue: QueueClient,
  scopes: readonly string[],
  signal: AbortSignal,
  record: WorkerRecordWriter,
): Promise<readonly string[]> {
  if (scopes.length === 0) return scopes;
  try {
    return await queue.expandScopes(scopes, { signal });
  } catch (error) {
    if (!isOver(error) && !isRefusal(error)) throw error;
    record('scopes not expanded', errorFacts(error));
    return scopes;
  }
}
