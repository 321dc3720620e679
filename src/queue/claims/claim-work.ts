import { randomUUID } from 'node:crypto';
import type { Clock, Database, Row } from '../../database/index.ts';
import type { Wakers } from '../../kernel/index.ts';
import type { ClaimedRun, WorkerName } from '../queue.ts';
import { definitionOf, recordOf } from '../sql/task-rows.ts';
import { CLAIM, CLAIM_AGAIN, CLAIMED_BY } from '../sql/tasks.ts';
import { showStatus } from '../state/task-record.ts';
import { persistently } from '../tasks/persistently.ts';

// Runs that are taken by one statement, for all who wait at this server.
const MAX_SLOTS = 64;

/** A worker that waits for runs of one task queue. */
interface Claimant {
  readonly worker: WorkerName;
  readonly tasks: number;
  readonly claimId: string | undefined;
  /** It waits no longer than for the statement that is on its way. */
  isLeaving: boolean;
  readonly give: (runs: readonly ClaimedRun[]) => void;
  readonly fail: (error: unknown) => void;
}

export interface ClaimDesk extends Disposable {
  /** Waits for up to `tasks` runs, and for none when the signal aborts. */
  claim(taskQueueId: string, worker: WorkerName, options: ClaimWish): Promise<readonly ClaimedRun[]>;
  /** What the claim of that name took for the worker before, with claims that begin now; none that was renewed since. */
  again(taskQueueId: string, worker: WorkerName, claimId: string): Promise<readonly ClaimedRun[]>;
}

interface ClaimWish {
  readonly tasks: number;
  readonly signal: AbortSignal;
  /** By what the worker knows the claim; absent: by nothing. */
  readonly claimId: string | undefined;
}

interface ClaimDeskOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly claimTimeoutMs: number;
  /** Wakes those who wait for runs, by task queue. */
  readonly wakers: Wakers;
  readonly onTaken: (claimed: ClaimedRun, waitedMs: number) => void;
}

/** Claims of this server: those who wait for the same task queue are served together, in the order in which they came. */
export function openClaimDesk(options: ClaimDeskOptions): ClaimDesk {
  const lines = new Map<string, Line>();
  return {
    async claim(taskQueueId, worker, wish) {
      const line = lines.get(taskQueueId) ?? openLine(taskQueueId, options);
      lines.set(taskQueueId, line);
      try {
        return await line.wait(worker, wish);
      } finally {
        if (line.isEmpty()) {
          line[Symbol.dispose]();
          if (lines.get(taskQueueId) === line) lines.delete(taskQueueId);
        }
      }
    },
    async again(taskQueueId, { workerGroup, workerId }, claimId) {
      const now = options.clock.now();
      const values = [taskQueueId, workerGroup, workerId, claimId, now + options.claimTimeoutMs, now];
      const rows = await persistently(() => options.database.query(CLAIM_AGAIN, values));
      return rows.map(claimedRun);
    },
    [Symbol.dispose]() {
      for (const line of lines.values()) line[Symbol.dispose]();
      lines.clear();
    },
  };
}

interface Line extends Disposable {
  wait(worker: WorkerName, wish: ClaimWish): Promise<readonly ClaimedRun[]>;
  isEmpty(): boolean;
}

/** Those who wait for one task queue. At most one statement at a time takes runs for them. */
function openLine(taskQueueId: string, options: ClaimDeskOptions): Line {
  // In the order in which they came; thousands, where a fleet is idle: none is looked for, or moved, one by one.
  const claimants = new Set<Claimant>();
  let served: readonly Claimant[] = [];
  let isTaking = false;
  let isWoken = false;

  function end(claimant: Claimant, runs: readonly ClaimedRun[]): void {
    claimants.delete(claimant);
    claimant.give(runs);
  }

  async function serveFirst(): Promise<void> {
    served = fitting(claimants);
    try {
      const given = await take(taskQueueId, served, options);
      const left = served.filter((claimant) => !given.has(claimant) && !claimant.isLeaving);
      for (const claimant of served) if (!left.includes(claimant)) end(claimant, given.get(claimant) ?? []);
      // Somebody went empty-handed: there is no more until it is said.
      isWoken ||= left.length === 0;
    } catch (error) {
      for (const claimant of served) {
        claimants.delete(claimant);
        claimant.fail(error);
      }
      isWoken = true; // the others try for themselves
    }
    served = [];
  }

  async function serve(): Promise<void> {
    if (isTaking) return;
    isTaking = true;
    while (isWoken && claimants.size > 0) {
      isWoken = false;
      await serveFirst();
    }
    isTaking = false;
  }

  function wake(): void {
    isWoken = true;
    void serve();
  }

  function leave(claimant: Claimant): void {
    claimant.isLeaving = true;
    if (!served.includes(claimant)) end(claimant, []);
  }

  const waker = options.wakers.on(taskQueueId, wake);
  return {
    async wait(worker, { tasks, signal, claimId }) {
      if (signal.aborted) return [];
      const { promise, resolve, reject } = Promise.withResolvers<readonly ClaimedRun[]>();
      const claimant: Claimant = { worker, tasks, claimId, isLeaving: false, give: resolve, fail: reject };
      const stop = (): void => leave(claimant);
      signal.addEventListener('abort', stop);
      claimants.add(claimant);
      wake();
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    isEmpty: () => claimants.size === 0,
    [Symbol.dispose]() {
      waker[Symbol.dispose]();
      for (const claimant of claimants) leave(claimant);
    },
  };
}

/** The first ones, as many as have wishes that fit into one statement. */
function fitting(claimants: Iterable<Claimant>): readonly Claimant[] {
  const first: Claimant[] = [];
  let slots = 0;
  for (const claimant of claimants) {
    slots += claimant.tasks;
    if (slots > MAX_SLOTS && first.length > 0) break;
    first.push(claimant);
  }
  return first;
}

/** One for each in turn, then the second ones: many workers with one run each begin sooner than one with many. */
function slotsOf(claimants: readonly Claimant[]): readonly Claimant[] {
  const most = Math.max(...claimants.map(({ tasks }) => tasks));
  return Array.from({ length: most }, (_, round) => claimants.filter(({ tasks }) => tasks > round)).flat();
}

/** Takes runs for those who wait, in one statement. */
async function take(
  taskQueueId: string,
  claimants: readonly Claimant[],
  { database, clock, claimTimeoutMs, onTaken }: ClaimDeskOptions,
): Promise<ReadonlyMap<Claimant, readonly ClaimedRun[]>> {
  const slots = slotsOf(claimants);
  const statementId = randomUUID();
  const now = clock.now();
  const takenUntil = now + claimTimeoutMs;
  const asked = slots.map(({ worker, claimId }) => ({
    worker_group: worker.workerGroup,
    worker_id: worker.workerId,
    claim_id: claimId === undefined ? statementId : `${statementId} ${claimId}`,
  }));
  const values = [taskQueueId, now, JSON.stringify(asked), slots.length, takenUntil];
  const rows = await persistently(async (isAgain) => {
    const taken = isAgain ? await database.query(CLAIMED_BY, [taskQueueId, statementId]) : [];
    return taken.length > 0 ? taken : await database.query(CLAIM, values);
  });
  const given = new Map<Claimant, ClaimedRun[]>();
  for (const row of rows.toSorted((a, b) => slotOf(a) - slotOf(b))) {
    const claimant = slots[slotOf(row) - 1];
    if (claimant === undefined) continue;
    const claimed = claimedRun(row);
    given.set(claimant, [...(given.get(claimant) ?? []), claimed]);
    onTaken(claimed, now - Number(row['scheduled']));
  }
  return given;
}

const slotOf = (row: Row): number => Number(row['claim_slot']);

function claimedRun(row: Row): ClaimedRun {
  const record = recordOf(row);
  return {
    taskId: record.taskId,
    runId: record.runs.length - 1,
    task: definitionOf(row),
    status: showStatus(record),
    takenUntil: Number(row['taken_until']),
  };
}
