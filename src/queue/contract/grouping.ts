import { describe, expect, it } from 'vitest';
import { newTaskId } from '../../queue-api/index.ts';
import { DAY_MS, expectRefusal, openRig, type QueueContractOptions } from './rig.ts';

export function describeGrouping(contract: QueueContractOptions): void {
  describe('a task group', () => {
    it('is made by its first task, lasts as long as the last one, and lists them page by page', async () => {
      await using rig = await openRig(contract);
      const taskGroupId = newTaskId();
      const ids = [];
      for (let day = 1; day <= 3; day += 1) {
        const expires = new Date(rig.now() + day * 86_400_000).toISOString();
        ids.push(await rig.create({ taskGroupId, schedulerId: 'sched', expires }));
        expect(await rig.queue.group(taskGroupId)).toEqual({ taskGroupId, schedulerId: 'sched', expires });
      }
      const first = await rig.queue.groupTasks(taskGroupId, { limit: 2 });
      const second = await rig.queue.groupTasks(taskGroupId, {
        limit: 2,
        continuationToken: first.continuationToken ?? '',
      });
      expect([...first.items, ...second.items].map(({ status }) => status.taskId)).toEqual(ids);
      expect(second.continuationToken).toBeUndefined();
      await expectRefusal(rig.queue.groupTasks(newTaskId()), 'ResourceNotFound', /no task group/);
      expect(await rig.queue.group(newTaskId())).toBeUndefined();
    });

    it('has one scheduler', async () => {
      await using rig = await openRig(contract);
      const taskGroupId = newTaskId();
      await rig.create({ taskGroupId, schedulerId: 'one' });
      const other = rig.queue.createTask(newTaskId(), rig.request({ taskGroupId, schedulerId: 'other' }));
      await expectRefusal(other, 'RequestConflict', /the group .* has "one"/);
    });

    it('takes no more tasks once it is sealed, and only then can be canceled', async () => {
      await using rig = await openRig(contract);
      const taskGroupId = newTaskId();
      const [pending, done] = [await rig.create({ taskGroupId }), await rig.create({ taskGroupId })];
      await rig.queue.cancelTask(done);
      await expectRefusal(rig.queue.cancelGroup(taskGroupId), 'RequestConflict', /is not sealed/);
      const sealed = await rig.queue.sealGroup(taskGroupId);
      expect(sealed.sealed).toBe(new Date(rig.now()).toISOString());
      rig.pass(1000);
      expect(await rig.queue.sealGroup(taskGroupId)).toEqual(sealed);
      const another = rig.queue.createTask(newTaskId(), rig.request({ taskGroupId }));
      await expectRefusal(another, 'RequestConflict', /was sealed/);
      expect(await rig.queue.cancelGroup(taskGroupId)).toEqual({ taskGroupSize: 2, taskIds: [pending] });
      expect(await rig.queue.cancelGroup(taskGroupId)).toEqual({ taskGroupSize: 2, taskIds: [] });
      await expectRefusal(rig.queue.sealGroup(newTaskId()), 'ResourceNotFound');
    });

    it('sealed while tasks are created has those that were answered, and no others', async () => {
      await using rig = await openRig(contract);
      const other = await rig.another();
      const taskGroupId = newTaskId();
      const first = await rig.create({ taskGroupId });
      const ids = Array.from({ length: 40 }, newTaskId);
      const creating = ids.map((id, i) =>
        (i % 2 === 0 ? rig.queue : other).createTask(id, rig.request({ taskGroupId })).then(
          () => id,
          () => undefined,
        ),
      );
      await creating[3];
      await other.sealGroup(taskGroupId);
      const sealed = (await rig.queue.groupTasks(taskGroupId)).items.map(({ status }) => status.taskId);
      const created = (await Promise.all(creating)).filter((id) => id !== undefined);
      expect(sealed.toSorted()).toEqual([first, ...created].toSorted());
    });

    it('changes the priority of what has not ended', async () => {
      await using rig = await openRig(contract);
      const taskGroupId = newTaskId();
      const ids = [await rig.create({ taskGroupId }), await rig.create({ taskGroupId })];
      const done = await rig.create({ taskGroupId });
      await rig.queue.cancelTask(done);
      const changed = await rig.queue.changeGroupPriority(taskGroupId, 'high');
      expect(changed.taskGroupSize).toBe(3);
      expect(changed.taskIds.toSorted()).toEqual(ids.toSorted());
      expect((await rig.claim(2)).map(({ task }) => task.priority)).toEqual(['high', 'high']);
    });
  });

  describe('the list of all tasks', () => {
    it('has the newest first, by state and queue', async () => {
      await using rig = await openRig(contract);
      const { taskQueueId } = rig;
      const ids = [await rig.create(), await rig.create(), await rig.create()];
      await rig.queue.cancelTask(ids[1] ?? '');
      const idsOf = (page: { items: readonly { status: { taskId: string } }[] }): string[] =>
        page.items.map(({ status }) => status.taskId);
      expect(idsOf(await rig.queue.listTasks({ taskQueueId }))).toEqual(ids.toReversed());
      expect(idsOf(await rig.queue.listTasks({ taskQueueId, state: 'exception' }))).toEqual([ids[1]]);
      const page = await rig.queue.listTasks({ taskQueueId }, { limit: 2 });
      const rest = await rig.queue.listTasks(
        { taskQueueId },
        { continuationToken: page.continuationToken ?? '' },
      );
      expect(idsOf(rest)).toEqual([ids[0]]);
      rig.pass(1000 * DAY_MS);
      const newest = await rig.create();
      expect(idsOf(await rig.queue.listTasks({}, { limit: 1 }))).toEqual([newest]);
    });
  });
}
