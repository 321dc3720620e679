import { randomUUID } from 'node:crypto';
import type { Database } from '../../database/index.ts';
import type { WorkerName } from '../queue.ts';

/** A worker of a task queue. */
interface WaitingWorker extends WorkerName {
  readonly taskQueueId: string;
}

/** A claim as its worker knows it. */
export interface NamedClaim {
  readonly id: string;
  /** `again`: its answer may not have come before; `last`: that, and the worker wants nothing else. */
  readonly asked: 'first' | 'again' | 'last';
}

/** A claim that waits at this server. */
interface WaitingClaim extends Disposable {
  /** Aborts when it is not to wait any longer. */
  readonly signal: AbortSignal;
  /** Whether the worker asks anew, by the same name, somewhere: nobody reads this answer. */
  readonly isReplaced: boolean;
}

/**
 * Workers that wait no more for work. A worker that cut its connection instead could lose a claim that was on its way; told
 * so, the server that it waits at, whichever that is, answers with what there is.
 */
export interface Departures extends Disposable {
  /** The worker waits no more, at any server. */
  leave(worker: WaitingWorker): void;
  /** Dispose it when the worker has its answer. One that is asked again ends the waits for its earlier tries. */
  of(worker: WaitingWorker, claim?: NamedClaim): WaitingClaim;
}

interface Waiting {
  readonly self: string;
  readonly claimId: string | undefined;
  readonly over: AbortController;
  isReplaced: boolean;
}

const CHANNEL = 'queue-departures';

const keyOf = ({ taskQueueId, workerGroup, workerId }: WaitingWorker): string =>
  `${taskQueueId}/${workerGroup}/${workerId}`; // none of the parts has a slash but the first, which has one

export function openDepartures(database: Database): Departures {
  const waiting = new Map<string, Set<Waiting>>();

  // News that were lost cost a worker no more than the rest of its wait.
  const listening = database.listen(CHANNEL, (payload = '') => {
    const [key = '', claimId, newest] = payload.split(' ');
    for (const each of waiting.get(key) ?? []) {
      if (claimId !== undefined && (each.claimId !== claimId || each.self === newest)) continue;
      each.isReplaced = claimId !== undefined;
      each.over.abort();
    }
  });

  return {
    leave: (worker) => database.notify(CHANNEL, keyOf(worker)),
    of(worker, claim) {
      const key = keyOf(worker);
      const mine: Waiting = {
        self: randomUUID(),
        claimId: claim?.id,
        over: new AbortController(),
        isReplaced: false,
      };
      const all = waiting.get(key) ?? new Set();
      waiting.set(key, all.add(mine));
      if (claim !== undefined && claim.asked !== 'first')
        database.notify(CHANNEL, `${key} ${claim.id} ${mine.self}`);
      return {
        signal: mine.over.signal,
        get isReplaced() {
          return mine.isReplaced;
        },
        [Symbol.dispose]() {
          all.delete(mine);
          if (all.size === 0 && waiting.get(key) === all) waiting.delete(key);
        },
      };
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
