import { describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../queue-api/index.ts';
import { losingAnswer } from './losing-answer.ts';
import {
  DAY_MS,
  expectRefusal,
  MINUTE_MS,
  never,
  openRig,
  type QueueContractOptions,
  WORKER,
} from './rig.ts';

export function describeCreating(contract: QueueContractOptions): void {
  describe('creating a task', () => {
    it('fills in what was left out, and makes its first run', async () => {
      await using rig = await openRig(contract);
      const taskId = newTaskId();
      const request = rig.request();
      const status = await rig.queue.createTask(taskId, request);
      expect(status).toEqual({
        taskId,
        provisionerId: 'prov',
        workerType: rig.taskQueueId.slice(5),
        taskQueueId: rig.taskQueueId,
        schedulerId: '-',
        projectId: 'none',
        taskGroupId: taskId,
        priority: 'lowest',
        deadline: request.deadline,
        expires: new Date(Date.parse(request.deadline) + 365 * DAY_MS).toISOString(),
        retriesLeft: 5,
        state: 'pending',
        runs: [
          {
            runId: 0,
            state: 'pending',
            reasonCreated: 'scheduled',
            scheduled: new Date(rig.now()).toISOString(),
          },
        ],
      });
      expect(await rig.queue.status(taskId)).toEqual(status);
      expect(await rig.queue.task(taskId)).toEqual({
        ...request,
        provisionerId: 'prov',
        workerType: rig.taskQueueId.slice(5),
        schedulerId: '-',
        projectId: 'none',
        taskGroupId: taskId,
        dependencies: [],
        requires: 'all-completed',
        routes: [],
        priority: 'lowest',
        retries: 5,
        expires: status.expires,
        scopes: [],
        tags: {},
        extra: {},
      });
    });

    it('changes nothing when it is repeated, in whatever order of keys and notation of dates', async () => {
      await using rig = await openRig(contract);
      const taskId = newTaskId();
      const request = rig.request({ payload: { a: 1, b: { c: 2, d: [3] } } });
      const status = await rig.queue.createTask(taskId, request);
      const { taskQueueId: _, ...others } = request;
      const other = {
        ...others,
        payload: { b: { d: [3], c: 2 }, a: 1 },
        provisionerId: 'prov',
        workerType: rig.taskQueueId.slice(5),
        deadline: request.deadline.replace('Z', '+00:00'),
      };
      expect(await rig.queue.createTask(taskId, other)).toEqual(status);
      await expectRefusal(
        rig.queue.createTask(taskId, { ...request, retries: 1 }),
        'RequestConflict',
        /exists already, with another definition/,
      );
      rig.pass(20 * MINUTE_MS); // a new one could not be created by then
      expect(await rig.queue.createTask(taskId, request)).toEqual(status);
    });

    it('happens once, however many create the same task at the same time', async () => {
      await using rig = await openRig(contract);
      const taskId = newTaskId();
      const request = rig.request();
      const all = await Promise.all(Array.from({ length: 20 }, () => rig.queue.createTask(taskId, request)));
      expect(new Set(all.map((status) => JSON.stringify(status))).size).toBe(1);
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 1, claimed: 0 });
    });

    it('happens once where the database does it and its answer is lost, and is heard of', async () => {
      await using rig = await openRig(contract, { sweepEveryMs: 10 * MINUTE_MS });
      const { database, hasLost } = losingAnswer(rig.database, 'INTO queue_tasks');
      const server = await rig.another({}, database);
      const taskId = newTaskId();
      const taken = server.claimWork(rig.taskQueueId, WORKER, { tasks: 2, signal: never });
      const isThere = async () => expect(await rig.queue.taskQueue(rig.taskQueueId)).toBeDefined();
      await vi.waitFor(isThere, { timeout: 20_000 });
      const status = await server.createTask(taskId, rig.request());
      expect([hasLost(), status.runs.length]).toEqual([true, 1]);
      expect((await taken).map((run) => run.taskId)).toEqual([taskId]);
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 0, claimed: 1 });
    });

    it('keeps any text of JSON as it is', async () => {
      await using rig = await openRig(contract);
      const payload = {
        'nul\u0000': '\u0000\u2028\ud83d\ude00"\\',
        lone: '\ud800',
        list: [[], {}, null, -0.5, 1e300],
      };
      const taskId = await rig.create({ payload, tags: { ключ: 'значение' } });
      expect((await rig.queue.task(taskId))?.payload).toEqual(payload);
      expect((await rig.claim())[0]?.task.tags).toEqual({ ключ: 'значение' });
    });

    it('refuses dates and queues that do not fit', async () => {
      await using rig = await openRig(contract);
      const at = (minutes: number): string => new Date(rig.now() + minutes * MINUTE_MS).toISOString();
      const refused = async (fields: object, message: RegExp): Promise<void> =>
        await expectRefusal(rig.queue.createTask(newTaskId(), rig.request(fields)), 'InputError', message);
      await refused({ created: at(-16) }, /"created" is .* within 15 minutes of the server's time/);
      await refused({ created: at(16), deadline: at(60) }, /"created"/);
      await refused({ deadline: at(-1), created: at(-2) }, /"deadline" is .* after the server's time/);
      await refused({ deadline: at(0) }, /"deadline" is .* after "created"/);
      await refused({ deadline: at(5 * 24 * 60 + 16) }, /"deadline" is .* at most/);
      await refused({ deadline: at(5), expires: at(4) }, /"expires" is .* before "deadline"/);
      await refused({ created: 'today' }, /"created" is no date/);
      await refused({ taskQueueId: 'prov/type', workerType: 'other' }, /say otherwise/);
      await refused({ taskQueueId: undefined }, /needs "taskQueueId"/);
      await refused({ taskQueueId: 'a/b/c' }, /needs "taskQueueId"/);
    });

    it('leaves nothing behind of a task that is refused', async () => {
      await using rig = await openRig(contract);
      const taskId = newTaskId();
      await expectRefusal(
        rig.queue.createTask(taskId, rig.request({ dependencies: [newTaskId()] })),
        'InputError',
        /depends on tasks that do not exist/,
      );
      expect(await rig.queue.status(taskId)).toBeUndefined();
      expect(await rig.queue.group(taskId)).toBeUndefined();
    });

    it('gives many in the order asked, without those that are unknown', async () => {
      await using rig = await openRig(contract);
      const ids = [await rig.create(), await rig.create({ priority: 'high' }), await rig.create()];
      const found = await rig.queue.tasks([ids[2] ?? '', newTaskId(), ids[1] ?? '']);
      expect(found.map(({ status }) => status.taskId)).toEqual([ids[2], ids[1]]);
      expect(found.map(({ task }) => task.priority)).toEqual(['lowest', 'high']);
      expect(await rig.queue.task(newTaskId())).toBeUndefined();
    });
  });
}
