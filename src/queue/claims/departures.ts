import type { Database } from '../../database/index.ts';
import type { WorkerName } from '../queue.ts';

/** A worker of a task queue. */
interface WaitingWorker extends WorkerName {
  readonly taskQueueId: string;
}

/**
 * Workers that wait no more for work. A worker that cut its connection instead could lose a claim that was on its way; told
 * so, the server that it waits at, whichever that is, answers with what there is.
 */
export interface Departures extends Disposable {
  /** The worker waits no more, at any server. */
  leave(worker: WaitingWorker): void;
  /** Aborts when the worker leaves; dispose it when the worker has its answer. */
  of(worker: WaitingWorker): { readonly signal: AbortSignal } & Disposable;
}

const CHANNEL = 'queue-departures';

const keyOf = ({ taskQueueId, workerGroup, workerId }: WaitingWorker): string =>
  `${taskQueueId}/${workerGroup}/${workerId}`; // none of the parts has a slash but the first, which has one

export function openDepartures(database: Database): Departures {
  const waiting = new Map<string, Set<AbortController>>();
  const listening = database.listen(CHANNEL, (key) => {
    // News that were lost cost a worker no more than the rest of its wait.
    for (const each of waiting.get(key ?? '') ?? []) each.abort();
  });
  return {
    leave: (worker) => database.notify(CHANNEL, keyOf(worker)),
    of(worker) {
      const key = keyOf(worker);
      const controller = new AbortController();
      const all = waiting.get(key) ?? new Set();
      waiting.set(key, all.add(controller));
      return {
        signal: controller.signal,
        [Symbol.dispose]() {
          all.delete(controller);
          if (all.size === 0 && waiting.get(key) === all) waiting.delete(key);
        },
      };
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
