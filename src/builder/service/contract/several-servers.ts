import { describe, expect, it, vi } from 'vitest';
import { type BuilderContractOptions, openRig } from './rig.ts';

/** For a database that several servers share. */
export function describeSeveralServers(options: BuilderContractOptions): void {
  describe('several servers', () => {
    it('build everything once, and keep the limit of a user together', async () => {
      await using rig = await openRig(options, { slots: 3, limits: { maxRunning: 2 } });
      const other = await rig.another({ slots: 3, limits: { maxRunning: 2 } });
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, rig.backend.goingOn.size + other.backend.goingOn.size);
      }, 1);
      const { login: repository } = rig.user;
      const builds = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          rig.start({ file: `${i}`, target: { repository, tag: `t${i}` } }),
        ),
      );
      const ended = await Promise.all(
        builds.map(({ id }) => other.builder.waitEnded(id, AbortSignal.timeout(20_000))),
      );
      clearInterval(watch);
      expect(ended.map(({ state, attempts }) => [state, attempts])).toEqual(Array(30).fill(['succeeded', 1]));
      const works = [...rig.backend.works, ...other.backend.works].map(({ id }) => id);
      expect(works).toHaveLength(30);
      expect(new Set(works)).toEqual(new Set(builds.map(({ id }) => id)));
      expect(most).toBeLessThanOrEqual(2);
      expect(other.backend.works.length).toBeGreaterThan(0);
    });

    it('tell what a build prints on one to those who follow it on another, and cancel it from there', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const working = await rig.another({ slots: 1, leaseMs: 60_000 });
      working.backend.hold();
      const { id } = await rig.start();
      const log = rig.logOf(id);
      await vi.waitFor(() => expect(working.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      expect(await rig.builder.cancel(id)).toMatchObject({ state: 'cancelled' });
      expect(working.backend.goingOn.size).toBe(0);
      expect(await log).toMatch(
        /^--- The image is built from [\s\S]*FROM [\s\S]*--- The build was cancelled\n$/,
      );
    });

    it('notice a cancellation of which they were not told', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const working = await rig.another({ slots: 1, leaseMs: 300 });
      working.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(() => expect(working.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      const text = 'UPDATE builder_builds SET cancel_asked = TRUE';
      await rig.database.query({ sqlite: text, postgres: text });
      expect(await rig.builder.waitEnded(id, AbortSignal.timeout(20_000))).toMatchObject({
        state: 'cancelled',
      });
    });

    it('start one build of what several ensure at once', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const other = await rig.another({ slots: 0 });
      const request = { source: 'runtime:1', kind: 'python', file: 'a\n', builderId: 'python-3' } as const;
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? rig : other).builder.ensure(rig.user, request)),
      );
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    });
  });
}
