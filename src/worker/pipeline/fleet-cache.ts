import { signRequest } from '../../auth/index.ts';
import {
  openPullSource,
  type PullOutcome,
  pullRefs,
  type Repository,
  type UploadTarget,
} from '../../cache/index.ts';
import type { TaskContext } from '../task/task-context.ts';

/** Where Slipway's server has its artifact cache, below the root URL. */
const CACHE_PATH = '/artifacts/';

/** The artifact cache of the deployment that a task came from; `undefined` where its queue is none of Slipway's. */
export async function deploymentCache({ queue, signal }: TaskContext): Promise<string | undefined> {
  return (await queue.isSlipway({ signal })) ? `${queue.rootUrl}${CACHE_PATH}` : undefined;
}

/** The same to send to, as the task: with its newest credentials. Dispose it. */
export function uploadTarget(task: TaskContext, url: string): UploadTarget & Disposable {
  let { credentials } = task.claim;
  const listening = task.onCredentials((renewed) => {
    credentials = renewed;
  });
  return {
    url,
    authorize: (method, address) => signRequest(method, address, { credentials }),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

export interface Fetching {
  readonly repository: Repository;
  readonly url: string;
  readonly ref: string;
  readonly signal: AbortSignal;
}

export interface Fetched {
  readonly outcome: PullOutcome;
  readonly objects: number;
  readonly bytes: number;
}

/** Brings what a ref needs and this worker has not. */
export async function fetchRef(
  task: TaskContext,
  { repository, url, ref, signal }: Fetching,
): Promise<Fetched> {
  using source = openPullSource(url, {
    signal,
    onNotice: (text) => task.record('retrying cache', { text }),
  });
  const { outcomes, fetchedObjects, fetchedBytes } = await pullRefs(repository, [ref], source);
  const outcome = outcomes[0] ?? { type: 'absent', ref };
  return { outcome, objects: fetchedObjects, bytes: fetchedBytes };
}
