import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PRIORITIES } from '../../queue-api/index.ts';
import { expectRefusal, MINUTE_MS, never, openRig, type QueueContractOptions, soon, WORKER } from './rig.ts';

export function describeClaiming(contract: QueueContractOptions): void {
  describe('claiming', () => {
    it('gives a run with its task, and what the claim holds', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create();
      const [run, ...others] = await rig.claim(4);
      expect(others).toEqual([]);
      const takenUntil = rig.now() + 20 * MINUTE_MS;
      expect(run).toEqual({
        taskId,
        runId: 0,
        takenUntil,
        task: await rig.queue.task(taskId),
        status: await rig.queue.status(taskId),
      });
      expect(run?.status.runs).toEqual([
        {
          runId: 0,
          state: 'running',
          reasonCreated: 'scheduled',
          ...WORKER,
          takenUntil: new Date(takenUntil).toISOString(),
          scheduled: new Date(rig.now()).toISOString(),
          started: new Date(rig.now()).toISOString(),
        },
      ]);
    });

    it('gives the most urgent first, and the oldest of them', async () => {
      await using rig = await openRig(contract);
      const created: [string, string][] = [];
      for (const priority of [
        'low',
        'highest',
        'lowest',
        'very-high',
        'high',
        'very-low',
        'medium',
      ] as const) {
        for (const name of ['older', 'newer'])
          created.push([await rig.create({ priority }), `${priority} ${name}`]);
      }
      const names = new Map(created);
      const order = (await rig.claim(32)).map(({ taskId }) => names.get(taskId));
      expect(order).toEqual(PRIORITIES.flatMap((priority) => [`${priority} older`, `${priority} newer`]));
    });

    it('waits until there is something, and takes what is there by then', async () => {
      await using rig = await openRig(contract);
      const waiting = rig.queue.claimWork(rig.taskQueueId, WORKER, { tasks: 5, signal: never });
      const elsewhere = rig.queue.claimWork('prov/other', WORKER, { tasks: 5, signal: soon() });
      const taskId = await rig.create();
      expect((await waiting).map((run) => run.taskId)).toEqual([taskId]);
      expect(await elsewhere).toEqual([]);
    });

    it('gives once more what a claim took whose answer was lost, until it is renewed', async () => {
      await using rig = await openRig(contract);
      const [claimId, other] = [randomUUID(), randomUUID()];
      const claim = (id: string | undefined, tasks: number) =>
        rig.queue.claimWork(rig.taskQueueId, WORKER, { tasks, signal: never, claimId: id });
      const mine = new Set([await rig.create(), await rig.create()]);
      expect(await claim(claimId, 2)).toHaveLength(2);
      for (const id of [other, undefined]) {
        await rig.create();
        await claim(id, 1);
      }
      const server = await rig.another();
      rig.pass(MINUTE_MS);
      const again = await server.claimAgain(rig.taskQueueId, WORKER, claimId);
      expect(new Set(again.map(({ taskId }) => taskId))).toEqual(mine);
      for (const run of again) {
        expect(run.takenUntil).toBe(rig.now() + 20 * MINUTE_MS);
        expect(run.status.runs[0]?.started).toBe(new Date(rig.now()).toISOString());
        expect(run.status).toEqual(await rig.queue.status(run.taskId));
        expect(run.task).toEqual(await rig.queue.task(run.taskId));
      }
      const somebody = { ...WORKER, workerId: 'somebody' };
      expect(await server.claimAgain(rig.taskQueueId, somebody, claimId)).toEqual([]);
      const [first, second] = again;
      await rig.queue.reclaimTask(first?.taskId ?? '', 0);
      await rig.queue.reportException(second?.taskId ?? '', 0, 'worker-shutdown');
      expect(await server.claimAgain(rig.taskQueueId, WORKER, claimId)).toEqual([]);
    });

    it('takes nothing back that its worker got by asking again', async () => {
      await using rig = await openRig(contract);
      const claimId = randomUUID();
      const taskId = await rig.create();
      const isWanted = async (): Promise<boolean> => {
        expect(await rig.queue.claimAgain(rig.taskQueueId, WORKER, claimId)).toHaveLength(1);
        return false;
      };
      const gone = { tasks: 1, signal: never, claimId, isWanted };
      expect(await rig.queue.claimWork(rig.taskQueueId, WORKER, gone)).toEqual([]);
      expect(await rig.queue.status(taskId)).toMatchObject({ state: 'running' });
      expect(await rig.queue.reclaimTask(taskId, 0)).toMatchObject({ taskId, runId: 0 });
    });

    it('ends with nothing when the signal aborts, also before it began', async () => {
      await using rig = await openRig(contract);
      const stop = new AbortController();
      const waiting = rig.queue.claimWork(rig.taskQueueId, WORKER, { tasks: 1, signal: stop.signal });
      stop.abort();
      expect(await waiting).toEqual([]);
      await rig.create();
      expect(await rig.queue.claimWork(rig.taskQueueId, WORKER, { tasks: 1, signal: stop.signal })).toEqual(
        [],
      );
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 1, claimed: 0 });
    });

    it('gives each run to one worker only, and every one to somebody', async () => {
      await using rig = await openRig(contract);
      const servers = [rig.queue, await rig.another(), await rig.another()];
      const stop = new AbortController();
      const taken: string[] = [];
      const all = Promise.withResolvers<void>();
      const workers = servers.flatMap((queue, server) =>
        [1, 2, 3].map(async (number) => {
          const worker = { workerGroup: `g${server}`, workerId: `w${number}` };
          while (!stop.signal.aborted) {
            for (const run of await queue.claimWork(rig.taskQueueId, worker, {
              tasks: number,
              signal: stop.signal,
            })) {
              taken.push(run.taskId);
              if (taken.length >= 60) all.resolve();
            }
          }
        }),
      );
      const created = await Promise.all(
        Array.from({ length: 60 }, (_, i) => rig.create({ priority: PRIORITIES[i % 7] ?? 'low' })),
      );
      await all.promise;
      stop.abort();
      await Promise.all(workers);
      expect(taken).toHaveLength(created.length);
      expect(new Set(taken)).toEqual(new Set(created));
    });

    it('gives back what nobody wants any more, and another one gets it', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create();
      const before = await rig.queue.status(taskId);
      const options = { tasks: 1, signal: never, isWanted: () => false };
      expect(await rig.queue.claimWork(rig.taskQueueId, WORKER, options)).toEqual([]);
      expect(await rig.queue.status(taskId)).toEqual(before);
      expect((await rig.claim()).map((run) => run.taskId)).toEqual([taskId]);
    });

    it('takes no run whose deadline has passed', async () => {
      await using rig = await openRig(contract, { sweepEveryMs: 100_000 });
      await rig.create({ priority: 'highest' });
      rig.pass(61 * MINUTE_MS);
      const fresh = await rig.create();
      expect((await rig.claim(2)).map((run) => run.taskId)).toEqual([fresh]);
    });

    it('renews a claim from now on', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.running();
      rig.pass(10 * MINUTE_MS);
      const renewed = await rig.queue.reclaimTask(taskId, 0);
      expect(renewed.takenUntil).toBe(rig.now() + 20 * MINUTE_MS);
      expect(renewed.status.runs[0]?.takenUntil).toBe(new Date(renewed.takenUntil).toISOString());
      await rig.queue.cancelTask(taskId);
      await expectRefusal(rig.queue.reclaimTask(taskId, 0), 'RequestConflict', /only a running one/);
      await expectRefusal(rig.queue.reclaimTask(taskId, 7), 'ResourceNotFound', /has no run 7/);
    });

    it('by name is for one worker, who may repeat it', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create();
      const claimed = await rig.queue.claimTask(taskId, 0, WORKER);
      expect(claimed.task.metadata.name).toBe('name');
      expect(await rig.queue.claimTask(taskId, 0, WORKER)).toEqual(claimed);
      const other = { ...WORKER, workerId: 'other' };
      await expectRefusal(rig.queue.claimTask(taskId, 0, other), 'RequestConflict', /only a pending one/);
      await expectRefusal(rig.queue.claimTask(taskId, 1, other), 'ResourceNotFound');
    });

    it('is counted and listed', async () => {
      await using rig = await openRig(contract);
      const running = await rig.running();
      const high = await rig.create();
      const low = await rig.create();
      await rig.queue.changePriority(high, 'high');
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 2, claimed: 1 });
      const first = await rig.queue.pendingTasks(rig.taskQueueId, { limit: 1 });
      const second = await rig.queue.pendingTasks(rig.taskQueueId, {
        limit: 1,
        ...(first.continuationToken && { continuationToken: first.continuationToken }),
      });
      expect([...first.items, ...second.items].map(({ taskId }) => taskId)).toEqual([high, low]);
      expect(second.continuationToken).toBeUndefined();
      const claimed = await rig.queue.claimedTasks(rig.taskQueueId);
      expect(claimed.items).toEqual([
        expect.objectContaining({
          taskId: running,
          runId: 0,
          ...WORKER,
          claimed: new Date(rig.now()).toISOString(),
        }),
      ]);
      await expectRefusal(
        rig.queue.pendingTasks(rig.taskQueueId, { continuationToken: 'none' }),
        'InputError',
      );
    });
  });
}
