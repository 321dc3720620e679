import { describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../queue-api/index.ts';
import type { Queue, QueueChange } from '../queue.ts';
import { openRig, type QueueContractOptions, type QueueRig, WORKER } from './rig.ts';

/** What is told of the tasks of a rig, in words. */
function told(queue: Queue, { taskQueueId }: QueueRig): string[] {
  const changes: string[] = [];
  queue.onChange((change) => {
    if (change?.taskQueueId === taskQueueId) changes.push(wordsOf(change));
  });
  return changes;
}

const wordsOf = (change: QueueChange): string =>
  change.kind === 'task'
    ? [change.taskId, change.taskGroupId, change.state, change.runId ?? '-'].join(' ')
    : 'workers';

export function describeWatching(contract: QueueContractOptions): void {
  describe('who listens', () => {
    it('hears of all that happens to tasks, and of nothing else', async () => {
      await using rig = await openRig(contract);
      const heard = told(rig.queue, rig);
      const taskGroupId = newTaskId();
      const first = await rig.create({ taskGroupId });
      const second = await rig.create({ taskGroupId, dependencies: [first] });
      await rig.queue.claimTask(first, 0, WORKER);
      await rig.queue.reclaimTask(first, 0);
      await rig.queue.changePriority(second, 'high');
      await rig.queue.reportCompleted(first, 0);
      await rig.queue.reportCompleted(first, 0);
      await rig.queue.cancelTask(second);
      await rig.queue.rerunTask(second);
      await rig.claim();
      expect(heard).toEqual([
        `${first} ${taskGroupId} pending 0`,
        `${second} ${taskGroupId} unscheduled -`,
        'workers',
        `${first} ${taskGroupId} running 0`,
        `${second} ${taskGroupId} unscheduled -`,
        ...[`${second} ${taskGroupId} pending 0`, `${first} ${taskGroupId} completed 0`],
        `${second} ${taskGroupId} exception 0`,
        `${second} ${taskGroupId} pending 1`,
        `${second} ${taskGroupId} running 1`,
      ]);
    });

    it('hears of a claim that lapsed, and of a worker that was quarantined', async () => {
      await using rig = await openRig(contract, { claimTimeoutMs: 1000 });
      const taskId = await rig.running();
      const heard = told(rig.queue, rig);
      rig.pass(1001);
      await vi.waitFor(
        () => expect(heard).toEqual([expect.stringMatching(`^${taskId} .* pending 1$`)]),
        20_000,
      );
      const quarantine = { until: new Date(rig.now() + 1e6).toISOString(), info: '', clientId: 'me' };
      await rig.queue.quarantineWorker(rig.taskQueueId, WORKER, quarantine);
      expect(heard.slice(1)).toEqual(['workers']);
    });

    it('hears nothing any more after it was disposed', async () => {
      await using rig = await openRig(contract);
      const changes: unknown[] = [];
      const listening = rig.queue.onChange((change) => changes.push(change));
      await rig.create();
      expect(changes).toHaveLength(1);
      listening[Symbol.dispose]();
      await rig.create();
      expect(changes).toHaveLength(1);
    });

    it.runIf(contract.again)(
      'hears of what happens on other servers; of too much only that it was',
      async () => {
        await using rig = await openRig(contract);
        const other = await rig.another();
        const heard = told(other, rig);
        let missed = 0;
        other.onChange((change) => {
          if (change === undefined) missed += 1;
        });
        const taskId = await rig.create();
        await vi.waitFor(() => expect(heard).toEqual([expect.stringContaining(taskId)]), 20_000);
        await Promise.all(Array.from({ length: 400 }, () => rig.create()));
        await vi.waitFor(() => expect(missed).toBeGreaterThan(0), 20_000);
      },
    );
  });

  describe('the overview', () => {
    it('has task queues with their workers, the active ones first, and what these have now', async () => {
      await using rig = await openRig(contract);
      const other = { workerGroup: 'group', workerId: 'other' };
      const [at, started] = [(ms: number) => new Date(ms).toISOString(), rig.now()];
      await rig.claim(1, other);
      rig.pass(5000);
      const taskId = await rig.running();
      await rig.create();
      const until = at(rig.now() + 1e6);
      await rig.queue.quarantineWorker(rig.taskQueueId, other, { until, info: '', clientId: 'me' });
      const expected = {
        taskQueueId: rig.taskQueueId,
        pending: 1,
        claimed: 1,
        lastDateActive: at(started),
        workerCount: 2,
        workers: [
          {
            ...WORKER,
            firstClaim: at(started + 5000),
            lastDateActive: at(started + 5000),
            running: [
              {
                taskId,
                runId: 0,
                name: 'name',
                started: at(started + 5000),
                takenUntil: at(started + 5000 + 20 * 60_000),
              },
            ],
          },
          {
            ...other,
            firstClaim: at(started),
            lastDateActive: at(started),
            quarantineUntil: until,
            running: [],
          },
        ],
      };
      expect(await rig.queue.overview(rig.taskQueueId)).toEqual([expected]);
      expect(await rig.queue.overview()).toContainEqual(expected);
      expect(await rig.queue.overview('prov/none')).toEqual([]);
    });

    it('has a task queue that no worker has asked yet, as long as something waits there', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create();
      const { taskQueueId } = rig;
      const waiting = { taskQueueId, pending: 1, claimed: 0, workers: [], workerCount: 0 };
      expect(await rig.queue.overview(taskQueueId)).toEqual([waiting]);
      expect(await rig.queue.overview()).toContainEqual(waiting);
      await rig.queue.cancelTask(taskId);
      expect(await rig.queue.overview(taskQueueId)).toEqual([]);
    });

    it('counts workers that it does not show', async () => {
      await using rig = await openRig(contract);
      for (let i = 0; i < 203; i += 1) {
        rig.pass(1);
        await rig.queue.declareWorker(rig.taskQueueId, { workerGroup: 'g', workerId: `w${i}` }, undefined);
      }
      rig.pass(1);
      await rig.claim(); // a task queue is known by those who ask it
      const [overview] = await rig.queue.overview(rig.taskQueueId);
      const { workers = [], workerCount } = overview ?? {};
      expect([workers.length, workerCount]).toEqual([200, 204]);
      expect(workers.map(({ workerId }) => workerId).includes('w2')).toBe(false);
      expect(workers[1]?.workerId).toBe('w202');
    });
  });
}
