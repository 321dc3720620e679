import { describe, expect, it } from 'vitest';
import { type Database, DatabaseError } from '../../database/index.ts';
import { newTaskId, type TaskRun } from '../../queue-api/index.ts';
import { losingAnswer } from './losing-answer.ts';
import { expectRefusal, MINUTE_MS, never, openRig, type QueueContractOptions, WORKER } from './rig.ts';

export function describeReporting(contract: QueueContractOptions): void {
  describe('reporting', () => {
    it.each(['completed', 'failed'] as const)('%s ends the task, and may be repeated', async (state) => {
      await using rig = await openRig(contract);
      const taskId = await rig.running();
      const report = (): Promise<unknown> =>
        state === 'completed' ? rig.queue.reportCompleted(taskId, 0) : rig.queue.reportFailed(taskId, 0);
      const status = await report();
      expect(status).toMatchObject({ state, retriesLeft: 5, runs: [{ state, reasonResolved: state }] });
      rig.pass(1000);
      expect(await report()).toEqual(status);
      await expectRefusal(rig.queue.reportException(taskId, 0, 'internal-error'), 'RequestConflict', state);
      expect(await rig.queue.status(taskId)).toEqual(status);
    });

    it.each([
      ['worker-shutdown', 'retry'],
      ['intermittent-task', 'task-retry'],
    ] as const)('%s is retried while retries are left', async (reason, reasonCreated) => {
      await using rig = await openRig(contract);
      const taskId = await rig.running({ retries: 1 });
      const status = await rig.queue.reportException(taskId, 0, reason);
      expect(status).toMatchObject({ state: 'pending', retriesLeft: 0 });
      expect(status.runs[1]).toMatchObject({ runId: 1, state: 'pending', reasonCreated });
      expect(await rig.queue.reportException(taskId, 0, reason)).toEqual(status);
      expect((await rig.claim())[0]).toMatchObject({ taskId, runId: 1 });
      const ended = await rig.queue.reportException(taskId, 1, reason);
      expect(ended).toMatchObject({ state: 'exception', retriesLeft: 0 });
      expect(ended.runs.map((run) => run.reasonResolved)).toEqual([reason, reason]);
    });

    it.each(['malformed-payload', 'resource-unavailable', 'internal-error', 'superseded'] as const)(
      '%s is not retried, and its reason cannot change',
      async (reason) => {
        await using rig = await openRig(contract);
        const taskId = await rig.running();
        const status = await rig.queue.reportException(taskId, 0, reason);
        expect(status).toMatchObject({
          state: 'exception',
          retriesLeft: 5,
          runs: [{ reasonResolved: reason }],
        });
        expect(await rig.queue.reportException(taskId, 0, reason)).toEqual(status);
        const other = reason === 'internal-error' ? 'worker-shutdown' : 'internal-error';
        await expectRefusal(rig.queue.reportException(taskId, 0, other), 'RequestConflict');
      },
    );

    it('happens once, with the run that follows, where the database does it and its answer is lost', async () => {
      await using rig = await openRig(contract);
      const { database } = rig;
      let losses = 2;
      const forgetful: Database = {
        ...database,
        async query(statement, values) {
          const rows = await database.query<never>(statement, values);
          if (losses === 0 || !statement.sqlite.includes('UPDATE queue_tasks')) return rows;
          losses -= 1;
          throw new DatabaseError('UNAVAILABLE', 'the connection was lost');
        },
      };
      const taskId = await rig.running({ retries: 3 });
      const told: unknown[] = [];
      const events = { onResolved: (run: TaskRun) => void told.push([run.runId, run.reasonResolved]) };
      const server = await rig.another({ events }, forgetful);
      const status = await server.reportException(taskId, 0, 'worker-shutdown');
      expect(losses).toBe(1);
      expect(status).toMatchObject({
        state: 'pending',
        retriesLeft: 2,
        runs: [{}, { reasonCreated: 'retry' }],
      });
      expect(told).toEqual([[0, 'worker-shutdown']]);
      expect(await rig.queue.status(taskId)).toEqual(status);
      expect((await rig.claim())[0]).toMatchObject({ taskId, runId: 1 });
    });

    it('lets workers hear of what goes on after it, where the answer of the database is lost', async () => {
      await using rig = await openRig(contract, { sweepEveryMs: 10 * MINUTE_MS });
      const { database, hasLost } = losingAnswer(rig.database, 'SET satisfied');
      const first = await rig.running();
      const second = await rig.create({ dependencies: [first] });
      const server = await rig.another({}, database);
      const taken = server.claimWork(rig.taskQueueId, WORKER, { tasks: 1, signal: never });
      await server.reportCompleted(first, 0);
      expect(hasLost()).toBe(true);
      expect((await taken).map(({ taskId }) => taskId)).toEqual([second]);
    });

    it('is refused of a run that is pending, unknown, or of no task', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create();
      await expectRefusal(rig.queue.reportCompleted(taskId, 0), 'RequestConflict', /is pending/);
      await expectRefusal(rig.queue.reportCompleted(taskId, 1), 'ResourceNotFound');
      await expectRefusal(rig.queue.reportCompleted(newTaskId(), 0), 'ResourceNotFound', /There is no task/);
    });
  });

  describe('what is asked of a task', () => {
    it('cancel ends whatever has not ended, and changes nothing otherwise', async () => {
      await using rig = await openRig(contract);
      const first = await rig.create();
      const unscheduled = await rig.create({ dependencies: [first] });
      const canceled = await rig.queue.cancelTask(unscheduled);
      expect(canceled.runs).toEqual([
        expect.objectContaining({
          runId: 0,
          state: 'exception',
          reasonCreated: 'exception',
          reasonResolved: 'canceled',
        }),
      ]);
      expect(await rig.queue.cancelTask(unscheduled)).toEqual(canceled);
      expect((await rig.queue.cancelTask(first)).runs[0]).toMatchObject({ reasonResolved: 'canceled' });
      const running = await rig.running();
      expect((await rig.queue.cancelTask(running)).runs[0]).toMatchObject({
        state: 'exception',
        reasonResolved: 'canceled',
        workerId: WORKER.workerId,
      });
      await expectRefusal(rig.queue.reportCompleted(running, 0), 'RequestConflict', /is canceled/);
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 0, claimed: 0 });
    });

    it('rerun adds a run to what has ended, and leaves what goes on', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.create({ retries: 2 });
      expect((await rig.queue.rerunTask(taskId)).runs).toHaveLength(1);
      await rig.claim();
      expect((await rig.queue.rerunTask(taskId)).runs).toHaveLength(1);
      await rig.queue.reportFailed(taskId, 0);
      const status = await rig.queue.rerunTask(taskId);
      expect(status).toMatchObject({ state: 'pending', retriesLeft: 2 });
      expect(status.runs.map((run) => run.reasonCreated)).toEqual(['scheduled', 'rerun']);
      expect((await rig.claim())[0]).toMatchObject({ taskId, runId: 1 });
    });

    it('rerun goes on from every end, as often as it is asked, and schedules what still waited', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.running();
      const waiting = await rig.create({ dependencies: [taskId] });
      await rig.queue.reportCompleted(taskId, 0);
      await rig.claim(); // the one that waited
      await rig.queue.rerunTask(taskId);
      await rig.claim();
      await rig.queue.reportCompleted(taskId, 1);
      await rig.queue.rerunTask(taskId);
      await rig.claim();
      await rig.queue.reportException(taskId, 2, 'malformed-payload');
      expect((await rig.queue.rerunTask(taskId)).runs.map((run) => run.reasonCreated)).toEqual([
        'scheduled',
        'rerun',
        'rerun',
        'rerun',
      ]);
      expect(await rig.queue.status(waiting)).toMatchObject({ state: 'running', runs: [{}] });
      const unscheduled = await rig.create({ dependencies: [taskId] });
      expect(await rig.queue.rerunTask(unscheduled)).toMatchObject({
        state: 'pending',
        runs: [{ runId: 0 }],
      });
      await expectRefusal(rig.queue.rerunTask(newTaskId()), 'ResourceNotFound', /There is no task/);
    });

    it('schedule begins what waits, and changes nothing otherwise', async () => {
      await using rig = await openRig(contract);
      const first = await rig.create();
      const waiting = await rig.create({ dependencies: [first] });
      const scheduled = await rig.queue.scheduleTask(waiting);
      expect(scheduled).toMatchObject({ state: 'pending', runs: [{ runId: 0, reasonCreated: 'scheduled' }] });
      expect(await rig.queue.scheduleTask(waiting)).toEqual(scheduled);
      const canceled = await rig.queue.cancelTask(waiting);
      expect(await rig.queue.scheduleTask(waiting)).toEqual(canceled);
      await expectRefusal(rig.queue.scheduleTask(newTaskId()), 'ResourceNotFound', /There is no task/);
    });

    it('cancel and schedule at the same time, at two servers, leave a task that is canceled once', async () => {
      await using rig = await openRig(contract);
      const other = await rig.another();
      const first = await rig.create();
      for (let round = 0; round < 5; round += 1) {
        const taskId = await rig.create({ dependencies: [first] });
        await Promise.all([
          rig.queue.cancelTask(taskId),
          other.scheduleTask(taskId),
          other.cancelTask(taskId),
          rig.queue.scheduleTask(taskId),
        ]);
        expect(await rig.queue.status(taskId)).toMatchObject({
          state: 'exception',
          runs: [{ runId: 0, reasonResolved: 'canceled' }],
        });
        expect((await rig.queue.status(taskId))?.runs).toHaveLength(1);
      }
      expect(await rig.queue.counts(rig.taskQueueId)).toEqual({ pending: 1, claimed: 0 });
    });

    it('priority decides about turns from then on, and stays for further runs', async () => {
      await using rig = await openRig(contract);
      const [older, newer] = [await rig.create(), await rig.create()];
      expect(await rig.queue.changePriority(newer, 'medium')).toMatchObject({ priority: 'medium' });
      expect((await rig.queue.task(newer))?.priority).toBe('medium');
      expect((await rig.claim()).map(({ taskId }) => taskId)).toEqual([newer]);
      await rig.queue.reportException(newer, 0, 'worker-shutdown');
      expect((await rig.claim(2)).map(({ taskId, task }) => [taskId, task.priority])).toEqual([
        [newer, 'medium'],
        [older, 'lowest'],
      ]);
      await rig.queue.reportCompleted(newer, 1);
      await expectRefusal(rig.queue.changePriority(newer, 'low'), 'RequestConflict', /is completed/);
      expect(await rig.queue.rerunTask(newer)).toMatchObject({ priority: 'medium' });
      await rig.create({ priority: 'low' });
      expect((await rig.claim()).map(({ taskId }) => taskId)).toEqual([newer]);
    });

    it('nothing changes after the deadline', async () => {
      await using rig = await openRig(contract, { sweepEveryMs: 100_000 });
      const taskId = await rig.running();
      rig.pass(60 * MINUTE_MS);
      const { queue } = rig;
      for (const call of [
        () => queue.scheduleTask(taskId),
        () => queue.rerunTask(taskId),
        () => queue.cancelTask(taskId),
        () => queue.changePriority(taskId, 'high'),
        () => queue.reclaimTask(taskId, 0),
        () => queue.reportCompleted(taskId, 0),
      ])
        await expectRefusal(
          call(),
          'RequestConflict',
          /is past its deadline|is (exception|deadline-exceeded)/,
        );
    });

    it('who waits for the end of a task hears of it at once', async () => {
      await using rig = await openRig(contract);
      const other = await rig.another();
      const taskId = await rig.running();
      const waiting = [
        rig.queue.waitResolved(taskId, undefined, never),
        rig.queue.waitResolved(taskId, 0, never),
        other.waitResolved(taskId, undefined, never),
      ];
      const stop = new AbortController();
      const stopped = rig.queue.waitResolved(taskId, undefined, stop.signal);
      stop.abort();
      expect(await stopped).toMatchObject({ state: 'running' });
      const status = await rig.queue.reportCompleted(taskId, 0);
      expect(await Promise.all(waiting)).toEqual([status, status, status]);
      expect(await rig.queue.waitResolved(taskId, undefined, never)).toEqual(status);
      expect(await rig.queue.waitResolved(taskId, 1, never)).toBeUndefined();
      expect(await rig.queue.waitResolved(newTaskId(), undefined, never)).toBeUndefined();
    });
  });
}
