import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  expectRefusal,
  MINUTE_MS,
  never,
  openRig,
  type QueueContractOptions,
  soon,
  WORKER,
} from './rig.ts';

export function describeWorking(contract: QueueContractOptions): void {
  describe('workers', () => {
    it('are known from their first claim on, with their task queue and their 20 newest runs', async () => {
      await using rig = await openRig(contract);
      const { taskQueueId } = rig;
      expect(await rig.queue.worker(taskQueueId, WORKER)).toBeUndefined();
      const start = rig.now();
      const ids = [];
      for (let i = 0; i < 25; i += 1) ids.push(await rig.running());
      const at = (milliseconds: number): string => new Date(milliseconds).toISOString();
      expect(await rig.queue.worker(taskQueueId, WORKER)).toEqual({
        taskQueueId,
        ...WORKER,
        firstClaim: at(start),
        lastDateActive: at(start),
        expires: at(start + DAY_MS),
        quarantineDetails: [],
        recentTasks: ids.slice(-20).map((taskId) => ({ taskId, runId: 0 })),
      });
      expect(await rig.queue.taskQueue(taskQueueId)).toEqual({
        taskQueueId,
        stability: 'experimental',
        description: '',
        expires: at(start + 5 * DAY_MS),
        lastDateActive: at(start),
      });
    });

    it('keep the runs that they got from several servers', async () => {
      await using rig = await openRig(contract);
      const other = await rig.another();
      const [first, second] = [await rig.create(), await rig.create()];
      await rig.queue.claimTask(first, 0, WORKER);
      await other.claimTask(second, 0, WORKER);
      await Promise.all([rig.queue, other].map((queue) => queue.worker(rig.taskQueueId, WORKER)));
      await rig.queue.worker(rig.taskQueueId, WORKER);
      const recent = (await other.worker(rig.taskQueueId, WORKER))?.recentTasks.map(({ taskId }) => taskId);
      expect(recent?.toSorted()).toEqual([first, second].toSorted());
    });

    it('stay known while they ask, and expire a day after', async () => {
      await using rig = await openRig(contract);
      await rig.claim();
      rig.pass(DAY_MS - MINUTE_MS);
      await rig.claim();
      rig.pass(DAY_MS - MINUTE_MS);
      expect(await rig.queue.worker(rig.taskQueueId, WORKER)).toBeDefined();
      rig.pass(2 * MINUTE_MS);
      expect(await rig.queue.worker(rig.taskQueueId, WORKER)).toBeUndefined();
      expect(await rig.queue.taskQueue(rig.taskQueueId)).toBeDefined();
      rig.pass(5 * DAY_MS);
      expect(await rig.queue.taskQueue(rig.taskQueueId)).toBeUndefined();
    });

    it('in quarantine are shown for as long as that lasts', async () => {
      await using rig = await openRig(contract);
      await rig.claim();
      const until = new Date(rig.now() + 3 * DAY_MS).toISOString();
      await rig.queue.quarantineWorker(rig.taskQueueId, WORKER, { until, info: '', clientId: 'me' });
      rig.pass(2 * DAY_MS);
      await rig.claim(1, { ...WORKER, workerId: 'fresh' });
      const idsOf = async (filter: { quarantined?: boolean }): Promise<string[]> =>
        (await rig.queue.workers(rig.taskQueueId, filter)).items.map(({ workerId }) => workerId);
      expect([await idsOf({}), await idsOf({ quarantined: true })]).toEqual([
        ['fresh', WORKER.workerId],
        [WORKER.workerId],
      ]);
      expect(await rig.queue.worker(rig.taskQueueId, WORKER)).toMatchObject({ quarantineUntil: until });
      rig.pass(2 * DAY_MS);
      expect(await idsOf({})).toEqual([]);
      expect(await rig.queue.worker(rig.taskQueueId, WORKER)).toBeUndefined();
    });

    it('in quarantine get nothing at any server, also those that wait already, until it is over', async () => {
      await using rig = await openRig(contract);
      const { taskQueueId } = rig;
      const other = await rig.another();
      await rig.claim();
      const signals = [soon(), soon()];
      const waiting = [rig.queue, other].map((queue, i) =>
        queue.claimWork(taskQueueId, WORKER, { tasks: 1, signal: signals[i] ?? never }),
      );
      const until = new Date(rig.now() + MINUTE_MS).toISOString();
      const quarantine = { until, info: 'disk', clientId: 'operator' };
      const record = await rig.queue.quarantineWorker(taskQueueId, WORKER, quarantine);
      expect(record).toMatchObject({
        quarantineUntil: until,
        quarantineDetails: [
          {
            updatedAt: new Date(rig.now()).toISOString(),
            clientId: 'operator',
            quarantineUntil: until,
            quarantineInfo: 'disk',
          },
        ],
      });
      const taskId = await rig.create();
      expect(await Promise.all(waiting)).toEqual([[], []]);
      const workers = async (quarantined?: boolean): Promise<unknown> =>
        (await rig.queue.workers(taskQueueId, quarantined === undefined ? {} : { quarantined })).items.length;
      expect([await workers(), await workers(true), await workers(false)]).toEqual([1, 1, 0]);
      const free = { ...WORKER, workerId: 'free' };
      const first = rig.queue.claimWork(taskQueueId, WORKER, { tasks: 1, signal: soon() });
      expect((await rig.claim(1, free))[0]?.taskId).toBe(taskId);
      expect(await first).toEqual([]);
      const released = { ...quarantine, until: new Date(rig.now() - 1).toISOString() };
      const waitsOn = rig.queue.claimWork(taskQueueId, WORKER, { tasks: 1, signal: never });
      await rig.queue.quarantineWorker(taskQueueId, WORKER, released);
      const next = await rig.create();
      expect((await waitsOn)[0]?.taskId).toBe(next);
    });

    it('that nobody knows cannot be put in quarantine', async () => {
      await using rig = await openRig(contract);
      const quarantine = { until: new Date(rig.now()).toISOString(), info: '', clientId: 'me' };
      await expectRefusal(
        rig.queue.quarantineWorker(rig.taskQueueId, WORKER, quarantine),
        'ResourceNotFound',
        /no worker group\/worker/,
      );
    });

    it('have queues that are listed page by page', async () => {
      await using rig = await openRig(contract);
      const mine = ['a', 'b', 'c'].map((letter) => `${rig.taskQueueId}${letter}`);
      for (const id of mine)
        await rig.queue.claimWork(id, WORKER, { tasks: 1, signal: AbortSignal.timeout(1) });
      const found: string[] = [];
      let page: { readonly limit: number; readonly continuationToken?: string } = { limit: 2 };
      for (;;) {
        const { items, continuationToken } = await rig.queue.taskQueues(page);
        expect(items.length).toBeLessThanOrEqual(2);
        found.push(...items.map(({ taskQueueId }) => taskQueueId));
        if (continuationToken === undefined) break;
        page = { limit: 2, continuationToken };
      }
      expect(found).toEqual([...new Set(found)].toSorted());
      expect(found.filter((id) => mine.includes(id))).toEqual(mine);
    });

    it('may be declared, and are listed page by page', async () => {
      await using rig = await openRig(contract);
      const expires = new Date(rig.now() + 9 * DAY_MS).toISOString();
      const declared = await rig.queue.declareWorker(rig.taskQueueId, WORKER, expires);
      expect(declared).toMatchObject({ expires, recentTasks: [] });
      await rig.claim();
      expect(await rig.queue.worker(rig.taskQueueId, WORKER)).toMatchObject({ expires });
      await rig.queue.declareWorker(rig.taskQueueId, { ...WORKER, workerId: 'another' }, undefined);
      const page = await rig.queue.workers(rig.taskQueueId, {}, { limit: 1 });
      const rest = await rig.queue.workers(
        rig.taskQueueId,
        {},
        { continuationToken: page.continuationToken ?? '' },
      );
      expect([...page.items, ...rest.items].map(({ workerId }) => workerId)).toEqual(['another', 'worker']);
    });

    it('that are removed lose their runs at once, which are retried', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.running();
      const [other] = [await rig.create()];
      await rig.claim(1, { ...WORKER, workerId: 'other' });
      for (let i = 0; i < 2; i += 1) {
        await rig.queue.removeWorker(rig.taskQueueId, WORKER);
        expect(await rig.queue.status(taskId)).toMatchObject({
          state: 'pending',
          runs: [{ reasonResolved: 'worker-shutdown' }, { reasonCreated: 'retry' }],
        });
      }
      expect(await rig.queue.status(other ?? '')).toMatchObject({ state: 'running' });
    });
  });
}
