import { describe, expect, it, vi } from 'vitest';
import { type BuilderContractOptions, openRig } from './rig.ts';

export function describeTakingTurns(options: BuilderContractOptions): void {
  describe('taking turns', () => {
    it('goes from user to user, and within a user by age', async () => {
      await using rig = await openRig(options, { slots: 1 });
      const [alice, bob, carol] = [rig.user.login, rig.userOf('bob').login, rig.userOf('carol').login];
      rig.backend.hold();
      const starts = [
        ...[1, 2, 3, 4].map((n) => ({ user: alice, file: `${n}\n` })),
        ...[1, 2].map((n) => ({ user: bob, file: `${n}\n` })),
        { user: carol, file: '1\n' },
      ];
      const builds = [];
      for (const fields of starts) {
        builds.push(
          await rig.start({ ...fields, target: { repository: fields.user, tag: fields.file.trim() } }),
        );
      }
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      rig.backend.release();
      for (const build of builds) expect((await rig.ended(build)).state).toBe('succeeded');
      const turns = rig.backend.works.map(({ user, target }) => `${user.slice(0, 1)}${target.tag}`);
      expect(turns).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
    });

    it('runs no more of a user at the same time than they may, and another one’s beside them', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 1 } });
      rig.backend.hold();
      const { login: repository } = rig.user;
      const own = await Promise.all(
        ['1', '2', '3'].map((tag) => rig.start({ file: tag, target: { repository, tag } })),
      );
      const bob = await rig.start({ user: rig.userOf('bob').login });
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(2), { timeout: 20_000 });
      expect(rig.backend.goingOn).toContain(bob.id);
      expect(await rig.builder.counts()).toEqual({ queued: 2, running: 2 });
      rig.backend.release();
      for (const build of own) expect((await rig.ended(build)).state).toBe('succeeded');
    });

    it('does not build two of the same name at once: the one that was asked for last wins', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 4 } });
      rig.backend.hold();
      const first = await rig.start({ file: 'x\n' });
      const second = await rig.start({ file: 'y\n' });
      await vi.waitFor(() => expect([...rig.backend.goingOn]).toEqual([first.id]), { timeout: 20_000 });
      rig.backend.release();
      const built = await rig.ended(second);
      expect(rig.backend.works.map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(rig.registry.tags.get(`${rig.user.login}:web`)).toBe(built.image?.digest);
    });

    it('begins none before an older one of the same name, which waits for what is the same as it', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 4 } });
      rig.backend.hold();
      const { login: repository } = rig.user;
      const same = await rig.start({ file: 'x\n', target: { repository, tag: 'other' } });
      const older = await rig.start({ file: 'x\n' });
      const last = await rig.start({ file: 'y\n' });
      const beside = await rig.start({ file: 'z\n', target: { repository, tag: 'beside' } });
      await vi.waitFor(() => expect(rig.backend.goingOn).toEqual(new Set([same.id, beside.id])), {
        timeout: 20_000,
      });
      rig.backend.release();
      expect(await rig.ended(older)).toMatchObject({ state: 'succeeded', reusedFrom: same.id });
      const built = await rig.ended(last);
      expect(rig.registry.tags.get(`${repository}:web`)).toBe(built.image?.digest);
    });

    it('takes no more of a user than may wait, however many are asked for at once', async () => {
      await using rig = await openRig(options, { slots: 0, limits: { maxQueued: 5 } });
      const starts = Array.from({ length: 12 }, (_, i) => rig.start({ file: `${i}\n` }));
      const outcomes = await Promise.allSettled(starts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'LIMIT' });
      }
      expect((await rig.start({ user: rig.userOf('bob').login })).state).toBe('queued');
    });

    it('takes fifty at once, and every one of them ends', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 4 } });
      const users = ['a', 'b', 'c', 'd', 'e'].map((name) => rig.userOf(name).login);
      const starts = Array.from({ length: 50 }, (_, i) => {
        const user = users[i % 5] ?? '';
        return rig.start({ user, file: `${i}\n`, target: { repository: user, tag: `t${i}` } });
      });
      const builds = await Promise.all(starts);
      expect(builds.map(({ state }) => state)).toEqual(Array(50).fill('queued'));
      const ended = await Promise.all(builds.map(rig.ended));
      expect(ended.map(({ state }) => state)).toEqual(Array(50).fill('succeeded'));
      expect(new Set(rig.backend.works.map(({ id }) => id)).size).toBe(50);
    });
  });
}
