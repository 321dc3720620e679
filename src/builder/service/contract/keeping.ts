import { describe, expect, it, vi } from 'vitest';
import { openRunCatalog } from '../../../artifacts/index.ts';
import { openStore } from '../../../store/index.ts';
import { BuildError } from '../../error.ts';
import { type BuilderContractOptions, openRig } from './rig.ts';

const HOUR_MS = 3_600_000;

export function describeKeeping(options: BuilderContractOptions): void {
  describe('what is kept', () => {
    it('is listed newest first, page by page, of a user or of all', async () => {
      await using rig = await openRig(options);
      const bob = rig.userOf('bob').login;
      const ids = [];
      for (const user of [rig.user.login, bob, rig.user.login]) ids.unshift((await rig.built({ user })).id);
      const pages: string[][] = [];
      let continuationToken: string | undefined;
      do {
        const page = await rig.builder.list({ limit: 2, ...(continuationToken && { continuationToken }) });
        pages.push(page.builds.map(({ id }) => id));
        continuationToken = page.continuationToken;
      } while (continuationToken !== undefined);
      expect(pages).toEqual([ids.slice(0, 2), ids.slice(2)]);
      expect((await rig.builder.list({ user: bob })).builds.map(({ id }) => id)).toEqual([ids[1]]);
      expect((await rig.builder.list({ states: ['failed'] })).builds).toEqual([]);
      for (const wrong of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { continuationToken: 'x' }]) {
        await expect(rig.builder.list(wrong)).rejects.toMatchObject({ code: 'INVALID' });
      }
    });

    it('tells nobody what is between the servers', async () => {
      await using rig = await openRig(options);
      const build = await rig.built();
      const [listed] = (await rig.builder.list({})).builds;
      expect(listed).toEqual(build);
      expect(Object.keys(build).filter((name) => /claim|lease|place|push|env|file$/.test(name))).toEqual([]);
    });

    it('goes where somebody cleans up: what ended longer ago, also what failed, and not what goes on', async () => {
      let fails = false;
      let time = Date.now();
      await using rig = await openRig(options, {
        now: () => time,
        fake: {
          build: async (_work, _progress, _signal, pass) => {
            if (fails) throw new BuildError('requirement-failed', 'no such package');
            return await pass();
          },
        },
      });
      const good = await rig.built();
      fails = true;
      const bad = await rig.built({ file: 'bad\n' });
      fails = false;
      const bobs = await rig.built({ user: rig.userOf('bob').login });
      time += 2 * HOUR_MS;
      const young = await rig.built({ file: 'young\n' });
      rig.backend.hold();
      const goingOn = await rig.start({ file: 'going on\n' });
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      expect(await rig.builder.cleanUp(rig.user.login, HOUR_MS)).toBe(2);
      for (const { id } of [good, bad]) expect(await rig.builder.find(id)).toBeUndefined();
      for (const { id } of [bobs, young, goingOn]) expect(await rig.builder.find(id)).toBeDefined();
      expect(rig.backend.swept.at(-1)).toEqual(new Set([goingOn.id]));
      expect(await rig.builder.cleanUp(rig.user.login, -HOUR_MS)).toBe(1);
      rig.backend.release();
      expect((await rig.ended(goingOn)).state).toBe('succeeded');
      expect(rig.registry.tags.size).toBe(2);
    });

    it('goes after its time, and beyond what is remembered of a user', async () => {
      let time = Date.now();
      await using rig = await openRig(options, {
        slots: 1,
        now: () => time,
        keepPerUser: 2,
        keepMs: HOUR_MS,
        sweepEveryMs: 20,
      });
      const builds = [];
      for (const file of ['1\n', '2\n', '3\n']) builds.push(await rig.built({ file }));
      time += HOUR_MS / 2;
      await vi.waitFor(async () => expect((await rig.builder.list({})).builds).toHaveLength(2), {
        timeout: 20_000,
      });
      expect(await rig.builder.find(builds[0]?.id ?? '')).toBeUndefined();
      time += HOUR_MS;
      await vi.waitFor(async () => expect((await rig.builder.list({})).builds).toEqual([]), {
        timeout: 20_000,
      });
    });

    it('is told: every build once as started, begun and ended', async () => {
      const told: string[] = [];
      await using rig = await openRig(options, {
        events: {
          onStarted: ({ state }) => void told.push(`started ${state}`),
          onBegun: (_build, waitedMs) =>
            void told.push(waitedMs >= 0 ? 'begun' : 'begun before it was asked for'),
          onEnded({ state }) {
            told.push(`ended ${state}`);
          },
        },
      });
      await rig.built();
      await rig.start();
      expect(told).toEqual([
        'started queued',
        'begun',
        'ended succeeded',
        'started succeeded',
        'ended succeeded',
      ]);
    });

    it('is among the runs', async () => {
      await using runs = await openStore({ type: 'memory' });
      let fails = false;
      await using rig = await openRig(options, {
        runs,
        fake: {
          build: async (_work, _progress, _signal, pass) => {
            if (fails) throw new BuildError('requirement-failed', 'no such package');
            return await pass();
          },
        },
      });
      const build = await rig.built();
      fails = true;
      const failed = await rig.built({ file: 'bad\n' });
      const catalog = openRunCatalog(runs);
      await vi.waitFor(async () => expect((await catalog.get(failed.id))?.result).toBe('failed'), {
        timeout: 20_000,
      });
      expect(
        (await catalog.list({ applicationId: rig.user.login })).runs.map(({ runId }) => runId).toSorted(),
      ).toEqual([build.id, failed.id].toSorted());
      expect(await catalog.get(build.id)).toMatchObject({
        kind: 'image',
        pipeline: 'nodejs',
        result: 'passed',
        startedAt: build.startedAt,
        finishedAt: build.endedAt,
      });
      expect((await catalog.get(failed.id))?.message).toBe('no such package');
    });
  });

  describe('at its start', () => {
    it('has the backend remove what builds left that do not go on', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const { id } = await rig.start();
      expect(rig.backend.swept).toEqual([]);
      const server = await rig.another();
      await vi.waitFor(() => expect(server.backend.swept.length).toBe(1), { timeout: 20_000 });
      expect(server.backend.swept[0]).toEqual(new Set([id]));
    });

    it('has it look again when what was left a moment before is old enough', async () => {
      let time = Date.now();
      await using rig = await openRig(options, { now: () => time, sweepEveryMs: 5 });
      const { swept } = rig.backend;
      await vi.waitFor(() => expect(swept).toHaveLength(1), { timeout: 20_000 });
      time += 70_000;
      await vi.waitFor(() => expect(swept).toHaveLength(2), { timeout: 20_000 });
      time += 10 * 60_000;
      await vi.waitFor(() => expect(swept).toHaveLength(3), { timeout: 20_000 });
    });
  });
}
