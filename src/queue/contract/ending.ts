import { describe, expect, it, vi } from 'vitest';
import type { ArtifactRecord } from '../queue.ts';
import { DAY_MS, MINUTE_MS, openRig, type QueueContractOptions, type QueueRig } from './rig.ts';

/** Waits until the sweep has made the task so. */
async function becomes(rig: QueueRig, taskId: string, status: object): Promise<void> {
  await vi.waitFor(async () => expect(await rig.queue.status(taskId)).toMatchObject(status), {
    timeout: 20_000,
  });
}

const untilGone = (find: () => Promise<unknown>): Promise<void> =>
  vi.waitFor(async () => expect(await find()).toBeUndefined(), { timeout: 20_000 });

export function describeEnding(contract: QueueContractOptions): void {
  describe('the sweep', () => {
    it('ends a claim that was not renewed, and another worker gets the run again', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.running({ retries: 1 });
      rig.pass(20 * MINUTE_MS);
      await becomes(rig, taskId, {
        state: 'pending',
        retriesLeft: 0,
        runs: [{ state: 'exception', reasonResolved: 'claim-expired' }, { reasonCreated: 'retry' }],
      });
      const other = { workerGroup: 'group', workerId: 'other' };
      expect((await rig.claim(1, other))[0]).toMatchObject({ taskId, runId: 1 });
      rig.pass(20 * MINUTE_MS);
      await becomes(rig, taskId, { state: 'exception', runs: [{}, { reasonResolved: 'claim-expired' }] });
    });

    it('ends one claim after the other until no retries are left', async () => {
      await using rig = await openRig(contract);
      const taskId = await rig.running({ retries: 2, deadline: new Date(rig.now() + DAY_MS).toISOString() });
      for (const runId of [1, 2]) {
        rig.pass(20 * MINUTE_MS);
        await becomes(rig, taskId, { state: 'pending', retriesLeft: 2 - runId });
        expect((await rig.claim())[0]).toMatchObject({ taskId, runId });
      }
      rig.pass(20 * MINUTE_MS);
      await becomes(rig, taskId, { state: 'exception' });
      const { runs } = (await rig.queue.status(taskId)) ?? {};
      expect(runs?.map(({ reasonResolved }) => reasonResolved)).toEqual(Array(3).fill('claim-expired'));
    });

    it('leaves a claim that was renewed', async () => {
      await using rig = await openRig(contract);
      const [renewed, lapsed] = [await rig.running(), await rig.running()];
      rig.pass(15 * MINUTE_MS);
      await rig.queue.reclaimTask(renewed, 0);
      rig.pass(15 * MINUTE_MS);
      await becomes(rig, lapsed, { state: 'pending' });
      expect(await rig.queue.status(renewed)).toMatchObject({ state: 'running' });
    });

    it('ends what is past its deadline, with no further run', async () => {
      await using rig = await openRig(contract);
      const first = await rig.running();
      const pending = await rig.create();
      const unscheduled = await rig.create({ dependencies: [pending] });
      const done = await rig.create();
      await rig.queue.cancelTask(done);
      rig.pass(60 * MINUTE_MS);
      const ended = { state: 'exception', runs: [{ runId: 0, reasonResolved: 'deadline-exceeded' }] };
      for (const taskId of [first, pending, unscheduled]) await becomes(rig, taskId, ended);
      expect(await rig.queue.status(unscheduled)).toMatchObject({ runs: [{ reasonCreated: 'exception' }] });
      expect(await rig.queue.status(done)).toMatchObject({ runs: [{ reasonResolved: 'canceled' }] });
    });

    it('acts once, however many servers look at the same time', async () => {
      await using rig = await openRig(contract);
      for (let i = 0; i < 3; i += 1) await rig.another();
      const tasks = [];
      for (let i = 0; i < 20; i += 1) tasks.push(await rig.running({ retries: 3 }));
      rig.pass(20 * MINUTE_MS);
      for (const taskId of tasks) {
        await becomes(rig, taskId, { state: 'pending', retriesLeft: 2, runs: [{}, { state: 'pending' }] });
      }
    });

    it('removes what has expired: first what artifacts left elsewhere, then them, then their task', async () => {
      const removed: string[] = [];
      let failures = 1;
      const onArtifactsExpired = async (artifacts: readonly ArtifactRecord[]): Promise<void> => {
        failures -= 1;
        if (failures >= 0) throw new Error('the store is away');
        removed.push(...artifacts.map(({ details, name }) => details['key'] ?? name));
      };
      const failed = vi.fn();
      const onTasksExpired = async (taskIds: readonly string[]): Promise<void> =>
        void removed.push(...taskIds);
      const options = { onArtifactsExpired, onTasksExpired, onError: failed, sweepEveryMs: 20 };
      await using rig = await openRig(contract, options);
      const expires = new Date(rig.now() + DAY_MS).toISOString();
      const soon = new Date(rig.now() + 2 * 60 * MINUTE_MS).toISOString();
      const taskId = await rig.running({ expires });
      const waiting = await rig.create({ expires, dependencies: [taskId] });
      const kept = await rig.create();
      const { details } = await rig.queue.createArtifact(taskId, 0, 'public/a', {
        storageType: 's3',
        contentType: 'text/plain',
        expires: soon,
      });
      await rig.queue.createArtifact(taskId, 0, 'b', { storageType: 'link', artifact: 'public/a', expires });
      rig.pass(3 * 60 * MINUTE_MS);
      await untilGone(() => rig.queue.artifact(taskId, 0, 'public/a'));
      expect(failed).toHaveBeenCalled();
      expect(removed.slice(0, 1)).toEqual([details['key']]);
      expect(await rig.queue.artifact(taskId, 0, 'b')).toBeDefined();
      rig.pass(DAY_MS);
      await untilGone(() => rig.queue.status(taskId));
      await untilGone(() => rig.queue.status(waiting));
      await untilGone(() => rig.queue.group(taskId));
      expect(removed.indexOf('b')).toBeLessThan(removed.indexOf(taskId));
      expect(removed).toContain(waiting);
      expect(await rig.queue.status(kept)).toBeDefined();
    });

    it('lets no claim and no deadline wait for a store that does not answer', async () => {
      const asked = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      const onArtifactsExpired = async (): Promise<void> => {
        asked.resolve();
        await answered.promise;
      };
      await using rig = await openRig(contract, { onArtifactsExpired });
      const expires = new Date(rig.now() + MINUTE_MS).toISOString();
      const claimed = await rig.running({ retries: 1 });
      await rig.queue.createArtifact(claimed, 0, 'a', { storageType: 'link', artifact: 'b', expires });
      const pending = await rig.create();
      rig.pass(2 * MINUTE_MS);
      await asked.promise;
      rig.pass(18 * MINUTE_MS);
      await becomes(rig, claimed, { retriesLeft: 0, runs: [{ reasonResolved: 'claim-expired' }, {}] });
      rig.pass(40 * MINUTE_MS);
      await becomes(rig, pending, { state: 'exception', runs: [{ reasonResolved: 'deadline-exceeded' }] });
      answered.resolve();
    });

    it('removes more than it takes at once', async () => {
      const removed: string[] = [];
      const onArtifactsExpired = async (artifacts: readonly ArtifactRecord[]): Promise<void> =>
        void removed.push(...artifacts.map(({ name }) => name));
      await using rig = await openRig(contract, { onArtifactsExpired });
      const expires = new Date(rig.now() + 60 * MINUTE_MS).toISOString();
      const taskId = await rig.running();
      const names = Array.from({ length: 1100 }, (_, i) => `public/${i}`);
      const link = { storageType: 'link', artifact: 'other', expires } as const;
      await Promise.all(names.map((name) => rig.queue.createArtifact(taskId, 0, name, link)));
      rig.pass(61 * MINUTE_MS);
      await vi.waitFor(() => expect(removed).toHaveLength(names.length), { timeout: 20_000 });
      expect(new Set(removed)).toEqual(new Set(names));
    });
  });
}
