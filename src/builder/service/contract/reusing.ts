import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../database/index.ts';
import type { BuildWork } from '../../backend.ts';
import { BuildError } from '../../error.ts';
import { INSERT_BUILD } from '../../records/statements.ts';
import { type BuilderContractOptions, type BuilderRig, openRig, soon } from './rig.ts';

const lines = (many: number): string => Array.from({ length: many }, (_, i) => `package-${i}\n`).join('');

const sourcesOf = (works: readonly BuildWork[]): string[] => works.map(({ source }) => source);

/** The image of a build, as a later one is built on it. */
const parentOf = (rig: BuilderRig, digest = ''): string =>
  `registry.internal:5000/${rig.user.login}@${digest}`;

export function describeReusing(options: BuilderContractOptions): void {
  describe('the same request again', () => {
    it('is answered at once, with one HEAD and no build', async () => {
      await using rig = await openRig(options);
      const first = await rig.built();
      const calls = rig.registry.calls.length;
      const again = await rig.start();
      expect(again).toMatchObject({
        state: 'succeeded',
        reusedFrom: first.id,
        attempts: 0,
        image: first.image ?? {},
      });
      expect(again.id).not.toBe(first.id);
      expect(again.key).toBe(first.key);
      expect(rig.registry.calls.slice(calls)).toEqual(['findDigest']);
      expect(rig.backend.works).toHaveLength(1);
      expect(await rig.logOf(again.id)).toBe('');
      expect(await rig.start()).toMatchObject({ reusedFrom: first.id });
    });

    it('gets the image under another name without a build', async () => {
      await using rig = await openRig(options);
      const first = await rig.built();
      const { login: repository } = rig.user;
      const other = await rig.start({ target: { repository, tag: 'other' } });
      expect(other).toMatchObject({
        state: 'succeeded',
        image: { digest: first.image?.digest, reference: `registry.example.com/${repository}:other` },
      });
      expect(rig.registry.tags.get(`${repository}:other`)).toBe(first.image?.digest);
      expect(rig.backend.works).toHaveLength(1);
    });

    it('is built where the image is gone, where its source means another one, and where that is wanted', async () => {
      let version = '1';
      await using rig = await openRig(options, {
        fake: { sourceDigest: async () => `sha256:${version.repeat(64)}` },
      });
      const first = await rig.built();
      rig.registry.tags.clear();
      rig.registry.manifests.clear();
      const second = await rig.built();
      expect(second.reusedFrom).toBeUndefined();
      version = '2';
      const third = await rig.built();
      expect(third).toMatchObject({
        state: 'succeeded',
        key: first.key,
        sourceDigest: `sha256:${'2'.repeat(64)}`,
      });
      expect(third.reusedFrom).toBeUndefined();
      const forced = await rig.start({ force: true });
      expect(forced.state).toBe('queued');
      expect((await rig.ended(forced)).reusedFrom).toBeUndefined();
      expect(rig.backend.works).toHaveLength(4);
    });

    it('is not that of another user, source, kind or file', async () => {
      await using rig = await openRig(options);
      const bob = rig.userOf('bob').login;
      const all = [
        await rig.built(),
        await rig.built({ user: bob }),
        await rig.built({ source: 'registry.example.com/runtime:2' }),
        await rig.built({ kind: 'python' }),
        await rig.built({ file: 'b\n' }),
      ];
      expect(new Set(all.map(({ key }) => key)).size).toBe(5);
      expect(all.map(({ reusedFrom }) => reusedFrom)).toEqual(Array(5).fill(undefined));
    });

    it('is queued where the registry does not answer, and built', async () => {
      await using rig = await openRig(options);
      await rig.built();
      rig.registry.trouble = () => Promise.reject(new Error('the registry is down'));
      const again = await rig.start();
      expect(again.state).toBe('queued');
      expect(await rig.ended(again)).toMatchObject({ state: 'failed', reason: 'backend-failed' });
      expect(await rig.logOf(again.id)).toContain('so it is built: the registry is down');
    });

    it('waits for the one that goes on, and is answered from its image', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 4 } });
      rig.backend.hold();
      const builds = await Promise.all([rig.start(), rig.start(), rig.start(), rig.start()]);
      expect(new Set(builds.map(({ id }) => id)).size).toBe(4);
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      rig.backend.release();
      const ended = await Promise.all(builds.map(rig.ended));
      expect(rig.backend.works).toHaveLength(1);
      const [built] = ended.filter(({ reusedFrom }) => reusedFrom === undefined);
      expect(ended.map(({ state }) => state)).toEqual(Array(4).fill('succeeded'));
      expect(ended.filter(({ reusedFrom }) => reusedFrom === built?.id)).toHaveLength(3);
    });

    it('fails with the one that goes on where that is the request’s own fault, and is built where it is not', async () => {
      let reason: 'requirement-failed' | 'backend-failed' = 'requirement-failed';
      await using rig = await openRig(options, {
        slots: 1,
        fake: {
          build: async (_work, _progress, _signal, pass) => {
            await pass();
            throw new BuildError(reason, 'no such package');
          },
        },
      });
      for (const [expected, works] of [
        ['requirement-failed', 1],
        ['backend-failed', 3],
      ] as const) {
        reason = expected;
        rig.backend.hold();
        const builds = await Promise.all([rig.start({ force: false }), rig.start()]);
        await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
        rig.backend.release();
        for (const build of await Promise.all(builds.map(rig.ended))) {
          expect(build).toMatchObject({ state: 'failed', reason });
          expect(build.message).toContain('no such package');
        }
        expect(rig.backend.works).toHaveLength(works);
      }
    });

    it('comes after what is to have the same name', async () => {
      await using rig = await openRig(options, { slots: 4, limits: { maxRunning: 4 } });
      const first = await rig.built();
      rig.backend.hold();
      const other = await rig.start({ file: 'other\n' });
      const again = await rig.start();
      expect(again.state).toBe('queued');
      rig.backend.release();
      await rig.ended(other);
      expect(await rig.ended(again)).toMatchObject({ state: 'succeeded', reusedFrom: first.id });
      expect(rig.registry.tags.get(`${rig.user.login}:web`)).toBe(first.image?.digest);
    });
  });

  describe('an added requirement', () => {
    it('is installed on the image that has the others', async () => {
      await using rig = await openRig(options);
      const ten = await rig.built({ file: lines(10) });
      const eleven = await rig.built({ file: lines(11) });
      expect(eleven).toMatchObject({ state: 'succeeded', extends: ten.id });
      expect(sourcesOf(rig.backend.works)).toEqual([
        `registry.example.com/runtime:1@${ten.sourceDigest}`,
        parentOf(rig, ten.image?.digest),
      ]);
      expect(await rig.logOf(eleven.id)).toContain(
        `Only what the image of build ${ten.id} lacks is installed`,
      );
    });

    it('is installed from the source on with a requirement less, after eight, and where that is wanted', async () => {
      await using rig = await openRig(options);
      await rig.built({ file: 'other\n' });
      const parents: (string | undefined)[] = [];
      for (let many = 1; many <= 10; many += 1)
        parents.push((await rig.built({ file: lines(many) })).extends);
      expect(parents.map((id) => id !== undefined)).toEqual([false, ...Array(8).fill(true), false]);
      expect((await rig.built({ file: lines(11), force: true })).extends).toBeUndefined();
      expect(rig.backend.works.at(-1)?.noCache).toBe(true);
    });

    it('is not built on the image of another user, source or kind, nor on one that is gone', async () => {
      await using rig = await openRig(options);
      await rig.built({ user: rig.userOf('bob').login, file: lines(1) });
      await rig.built({ source: 'registry.example.com/runtime:2', file: lines(1) });
      await rig.built({ kind: 'python', file: lines(1) });
      expect((await rig.built({ file: lines(2) })).extends).toBeUndefined();
      rig.registry.manifests.clear();
      expect((await rig.built({ file: lines(3) })).extends).toBeUndefined();
    });

    it('is built whole where it fails on the other image, and the log says so', async () => {
      await using rig = await openRig(options, {
        fake: {
          build: async (work, _progress, _signal, pass) => {
            if (!work.source.startsWith('registry.internal')) return await pass();
            throw new BuildError('requirement-failed', 'package-1 does not go with package-0');
          },
        },
      });
      await rig.built({ file: lines(1) });
      const build = await rig.built({ file: lines(2) });
      expect(build).toMatchObject({ state: 'succeeded' });
      expect(build.extends).toBeUndefined();
      expect(rig.backend.works).toHaveLength(3);
      const log = await rig.logOf(build.id);
      expect(log).toContain('That failed, so all is installed: package-1 does not go with package-0');
    });

    it('is not tried twice where the registry refuses it', async () => {
      await using rig = await openRig(options, {
        fake: {
          build: async (work, _progress, _signal, pass) => {
            if (!work.source.startsWith('registry.internal')) return await pass();
            throw new BuildError('registry-refused', 'the disk of the registry is full');
          },
        },
      });
      await rig.built({ file: lines(1) });
      expect(await rig.built({ file: lines(2) })).toMatchObject({
        state: 'failed',
        reason: 'registry-refused',
      });
      expect(rig.backend.works).toHaveLength(2);
    });
  });

  describe('ensuring an image', () => {
    const request = {
      source: 'registry.example.com/runtime:1',
      kind: 'nodejs',
      file: 'a\n',
      builderId: 'nodejs-24',
    } as const;

    it('starts one build of it, whoever asks how often', async () => {
      await using rig = await openRig(options);
      rig.backend.hold();
      const all = await Promise.all(Array.from({ length: 5 }, () => rig.builder.ensure(rig.user, request)));
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      const [build] = all;
      expect(build?.target.tag).toBe(`nodejs-${build?.key.slice(0, 20)}`);
      rig.backend.release();
      const ended = await rig.builder.waitEnded(build?.id ?? '', soon());
      expect(await rig.builder.ensure(rig.user, request)).toEqual(ended);
      expect(await rig.builder.find(ended.key, rig.user.login)).toEqual(ended);
      expect(await rig.builder.find(ended.key, 'somebody')).toBeUndefined();
      expect(rig.backend.works).toHaveLength(1);
    });

    it('gives the one of who was quicker in the same moment, also where that has ended by then', async () => {
      const own = options.database();
      const [both, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const ended = Promise.withResolvers<void>();
      let writers = 0;
      const batch: Database['batch'] = async (executions) => {
        if (executions[1]?.statement !== INSERT_BUILD) return await own.batch(executions);
        writers += 1;
        if (writers === 1) {
          await both.promise;
          const answers = await own.batch(executions);
          written.resolve();
          return answers;
        }
        both.resolve();
        await written.promise;
        const answers = await own.batch(executions);
        rig.backend.release();
        await ended.promise;
        return answers;
      };
      await using rig = await openRig(
        { database: () => ({ ...own, batch }) },
        { events: { onEnded: () => ended.resolve() } },
      );
      rig.backend.hold();
      const [one, other] = await Promise.all([1, 2].map(() => rig.builder.ensure(rig.user, request)));
      expect(one?.id).toBe(other?.id);
      expect([one?.state, other?.state].toSorted((a, b) => `${a}`.localeCompare(`${b}`))).toEqual([
        'queued',
        'succeeded',
      ]);
    });

    it('starts another one where the image is gone', async () => {
      await using rig = await openRig(options);
      const first = await rig.builder.ensure(rig.user, request);
      await rig.ended(first);
      rig.registry.tags.clear();
      rig.registry.manifests.clear();
      const second = await rig.builder.ensure(rig.user, request);
      expect(second.id).not.toBe(first.id);
      expect(second.key).toBe(first.key);
      expect((await rig.ended(second)).state).toBe('succeeded');
    });

    it('is refused where it failed, until it is tried once more', async () => {
      let fails = true;
      await using rig = await openRig(options, {
        fake: {
          build: async (_work, _progress, _signal, pass) => {
            if (fails) throw new BuildError('requirement-failed', 'no such package');
            return await pass();
          },
        },
      });
      const first = await rig.builder.ensure(rig.user, request);
      await rig.ended(first);
      const again = rig.builder.ensure(rig.user, request);
      await expect(again).rejects.toMatchObject({
        code: 'FAILED_BEFORE',
        message: expect.stringContaining('no such package'),
      });
      fails = false;
      const retried = await rig.builder.ensure(rig.user, { ...request, retry: true });
      expect(retried.id).not.toBe(first.id);
      expect((await rig.ended(retried)).state).toBe('succeeded');
    });
  });
}
