import { StringDecoder } from 'node:string_decoder';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesApi } from './api.ts';
import { KubernetesError } from './error.ts';
import { LogResumer } from './resume-log.ts';

export interface FollowedLog {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Takes what is printed; nothing more is read while it is pending. */
  readonly write: (text: string) => Promise<void>;
  /** Whether the container has ended: then what is there is all. */
  readonly hasEnded: () => boolean;
  readonly signal: AbortSignal;
}

const PAUSES_MS = [50, 250, 1_000, 2_000];

/**
 * Hands on what a container prints until it has ended and all is read. A connection that ends before is made again, and goes
 * on at the line where it broke. Resolves too where the pod and with it the log is gone. Throws `KubernetesError`.
 */
export async function followLog(log: FollowedLog): Promise<void> {
  const resumer = new LogResumer();
  let broken = 0; // after the container's end
  for (let silent = 0; ; ) {
    const wasLast = log.hasEnded();
    let isBroken = false;
    try {
      await readOnce(log, resumer, { follow: !wasLast, onNews: () => (silent = -1) });
      silent += 1;
      if (wasLast) return;
    } catch (error) {
      log.signal.throwIfAborted();
      if (error instanceof KubernetesError && error.status === 404) return;
      if (error instanceof KubernetesError && error.status === 403) throw error;
      // Not started yet, or its node does not answer: the API server says 400 or 500.
      silent += 1;
      isBroken = true;
      if (wasLast) broken += 1;
      if (broken > PAUSES_MS.length) throw error;
    }
    // What broke may break again at once; what is whole is read once more without a pause, for the last time.
    if (!isBroken && log.hasEnded()) continue;
    await wait(PAUSES_MS[Math.min(silent, PAUSES_MS.length - 1)], undefined, { signal: log.signal });
  }
}

async function readOnce(
  log: FollowedLog,
  resumer: LogResumer,
  { follow, onNews }: { readonly follow: boolean; readonly onNews: () => void },
): Promise<void> {
  const { api, namespace, pod, container, write, signal } = log;
  const query = new URLSearchParams({ container, timestamps: 'true', follow: String(follow) });
  if (resumer.since !== undefined) query.set('sinceTime', resumer.since);
  const response = await api.stream({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(pod)}/log?${query}`,
    doing: `read the log of the pod ${pod}`,
    signal,
  });
  const connection = resumer.connection();
  const decoder = new StringDecoder('utf8');
  for await (const bytes of response as AsyncIterable<Buffer>) {
    const text = connection.push(decoder.write(bytes));
    if (text === '') continue;
    onNews();
    await write(text);
  }
  const rest = follow ? '' : connection.push(decoder.end()) + connection.end();
  if (rest !== '') await write(rest);
}
