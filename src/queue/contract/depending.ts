import { describe, expect, it } from 'vitest';
import { newTaskId } from '../../queue-api/index.ts';
import { expectRefusal, MINUTE_MS, openRig, type QueueContractOptions, type QueueRig } from './rig.ts';

const stateOf = async (rig: QueueRig, taskId: string): Promise<string | undefined> =>
  (await rig.queue.status(taskId))?.state;

/** Claims everything that is pending, and reports it so. */
async function work(rig: QueueRig, report: 'reportCompleted' | 'reportFailed'): Promise<void> {
  for (const { taskId, runId } of await rig.claim(32)) await rig.queue[report](taskId, runId);
}

export function describeDepending(contract: QueueContractOptions): void {
  describe('dependencies', () => {
    it('hold a task until all have completed, along a chain and over a fan', async () => {
      await using rig = await openRig(contract);
      const [a, b] = [await rig.create(), await rig.create()];
      const join = await rig.create({ dependencies: [a, b] });
      const fan = await Promise.all([1, 2, 3].map(() => rig.create({ dependencies: [join] })));
      expect(await rig.queue.status(join)).toMatchObject({ state: 'unscheduled', runs: [] });
      await rig.queue.claimTask(a, 0, { workerGroup: 'g', workerId: 'w' });
      await rig.queue.reportCompleted(a, 0);
      expect(await stateOf(rig, join)).toBe('unscheduled');
      await work(rig, 'reportCompleted');
      expect(await rig.queue.status(join)).toMatchObject({
        state: 'pending',
        runs: [{ runId: 0, reasonCreated: 'scheduled' }],
      });
      await work(rig, 'reportCompleted');
      expect((await rig.claim(5)).map(({ taskId }) => taskId).toSorted()).toEqual(fan.toSorted());
    });

    it('that failed hold a task for ever, unless any resolution will do', async () => {
      await using rig = await openRig(contract);
      const [failing, canceled] = [await rig.create(), await rig.create()];
      const strict = await rig.create({ dependencies: [failing, canceled] });
      const lenient = await rig.create({ dependencies: [failing, canceled], requires: 'all-resolved' });
      await rig.queue.cancelTask(canceled);
      expect(await stateOf(rig, lenient)).toBe('unscheduled');
      await work(rig, 'reportFailed');
      expect(await stateOf(rig, strict)).toBe('unscheduled');
      expect(await stateOf(rig, lenient)).toBe('pending');
      await rig.queue.rerunTask(failing);
      await rig.queue.rerunTask(canceled);
      await work(rig, 'reportCompleted');
      expect(await stateOf(rig, strict)).toBe('pending');
    });

    it('count when they have ended before', async () => {
      await using rig = await openRig(contract);
      const [done, failed] = [await rig.running(), await rig.running()];
      await rig.queue.reportCompleted(done, 0);
      await rig.queue.reportFailed(failed, 0);
      expect(await stateOf(rig, await rig.create({ dependencies: [done] }))).toBe('pending');
      expect(await stateOf(rig, await rig.create({ dependencies: [done, failed] }))).toBe('unscheduled');
      const any = await rig.create({ dependencies: [done, failed], requires: 'all-resolved' });
      expect(await stateOf(rig, any)).toBe('pending');
    });

    it('are forgotten by who schedules the task himself, and later ends change nothing', async () => {
      await using rig = await openRig(contract);
      const first = await rig.create();
      const second = await rig.create({ dependencies: [first] });
      expect(await rig.queue.scheduleTask(second)).toMatchObject({ state: 'pending' });
      await work(rig, 'reportCompleted');
      expect(await rig.queue.status(second)).toMatchObject({ state: 'completed', runs: [{ runId: 0 }] });
    });

    it('on the task itself hold it until it is scheduled', async () => {
      await using rig = await openRig(contract);
      const taskId = newTaskId();
      const status = await rig.queue.createTask(taskId, rig.request({ dependencies: [taskId] }));
      expect(status.state).toBe('unscheduled');
      await rig.queue.scheduleTask(taskId);
      await work(rig, 'reportCompleted');
      expect(await rig.queue.status(taskId)).toMatchObject({ state: 'completed' });
    });

    it('have to be there long enough, be named once, and not be too many', async () => {
      await using rig = await openRig(contract, { dependencyLimit: 3 });
      const at = (minutes: number): string => new Date(rig.now() + minutes * MINUTE_MS).toISOString();
      const short = await rig.create({ deadline: at(5), expires: at(10) });
      const create = (dependencies: readonly string[]): Promise<unknown> =>
        rig.queue.createTask(newTaskId(), rig.request({ dependencies }));
      await expectRefusal(create([short]), 'InputError', /expire before/);
      await expectRefusal(create([short, short]), 'InputError', /names a task twice/);
      await expectRefusal(create([1, 2, 3, 4].map(newTaskId)), 'InputError', /may have 3 dependencies/);
    });

    it('of many on one, and of one on many, are all released', async () => {
      await using rig = await openRig(contract);
      const first = await rig.create();
      const many = await Promise.all(
        Array.from({ length: 300 }, () => rig.create({ dependencies: [first] })),
      );
      const last = await rig.create({ dependencies: many });
      await work(rig, 'reportCompleted');
      expect((await rig.queue.counts(rig.taskQueueId)).pending).toBe(300);
      for (let left = 300; left > 0; left -= 30) {
        const runs = await rig.claim(30);
        await Promise.all(runs.map(({ taskId }) => rig.queue.reportCompleted(taskId, 0)));
      }
      expect(await stateOf(rig, last)).toBe('pending');
    });

    it('are never missed when a task is created while they end, by whichever server', async () => {
      await using rig = await openRig(contract);
      const servers = [rig.queue, await rig.another()];
      const required: string[] = [];
      for (let i = 0; i < 15; i += 1) required.push(await rig.running());
      const dependents = required.map(() => newTaskId());
      await Promise.all(
        required.flatMap((id, i) => [
          servers[i % 2]?.reportCompleted(id, 0),
          servers[(i + 1) % 2]?.createTask(
            dependents[i] ?? '',
            rig.request({ dependencies: [id, required[(i + 1) % 15] ?? ''] }),
          ),
        ]),
      );
      const states = await rig.queue.tasks(dependents);
      expect(states.map(({ status }) => status.state)).toEqual(dependents.map(() => 'pending'));
    });

    it('are listed from the other side', async () => {
      await using rig = await openRig(contract);
      const first = await rig.create();
      const waiting = [];
      for (let i = 0; i < 3; i += 1) waiting.push(await rig.create({ dependencies: [first] }));
      const page = await rig.queue.dependents(first, { limit: 2 });
      const rest = await rig.queue.dependents(first, { continuationToken: page.continuationToken ?? '' });
      const found = [...page.items, ...rest.items].map(({ status }) => status.taskId);
      expect(found).toHaveLength(waiting.length);
      expect(new Set(found)).toEqual(new Set(waiting));
      expect((await rig.queue.dependents(waiting[0] ?? '')).items).toEqual([]);
      await expectRefusal(rig.queue.dependents(newTaskId()), 'ResourceNotFound');
    });
  });
}
