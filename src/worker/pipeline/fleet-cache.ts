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

/** Signs requests as a task: with its newest credentials. Dispose it. */
interface Signer extends Disposable {
  readonly authorize: (method: string, url: URL) => string;
}

function signerOf(task: TaskContext): Signer {
  let { credentials } = task.claim;
  const listening = task.onCredentials((renewed) => {
    credentials = renewed;
  });
  return {
    authorize: (method, url) => signRequest(method, url, { credentials }),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

/** The same to send to, as the task. Dispose it. */
export const uploadTarget = (task: TaskContext, url: string): UploadTarget & Disposable => ({
  url,
  ...signerOf(task),
});

/** A payload may name any address: only the task's own deployment is told who asks. */
const isOfDeployment = ({ queue }: TaskContext, url: string): boolean =>
  URL.parse(url)?.origin === URL.parse(queue.rootUrl)?.origin;

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

/** Brings what a ref needs and this worker has not, with the rights of the task. */
export async function fetchRef(
  task: TaskContext,
  { repository, url, ref, signal }: Fetching,
): Promise<Fetched> {
  using signer = signerOf(task);
  using source = openPullSource(url, {
    signal,
    ...(isOfDeployment(task, url) && { authorize: signer.authorize }),
    onNotice: (text) => task.record('retrying cache', { text }),
  });
  const { outcomes, fetchedObjects, fetchedBytes } = await pullRefs(repository, [ref], source);
  const outcome = outcomes[0] ?? { type: 'absent', ref };
  return { outcome, objects: fetchedObjects, bytes: fetchedBytes };
}
