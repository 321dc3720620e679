import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { ImageReport } from '../../attest/image-report.ts';
import { BuildError } from '../../error.ts';
import { FAKE_DESTINATION, untilAborted } from '../../testing/fake-backend.ts';
import { type BuilderContractOptions, openRig } from './rig.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const IDLE_MS = 200; // the database needs some of it to say that a build has begun

export function describeBuilding(options: BuilderContractOptions): void {
  describe('building', () => {
    it('tells who listens of each state that a build comes to', async () => {
      await using rig = await openRig(options);
      const states: unknown[] = [];
      using _ = rig.builder.onChange((change) => states.push(change));
      const { id: buildId } = await rig.built();
      expect(states.filter((change, i) => !isDeepStrictEqual(change, states[i - 1]))).toEqual(
        ['queued', 'running', 'succeeded'].map((state) => ({ buildId, state })),
      );
    });

    it('takes a request, builds and pushes, and says what became of it', async () => {
      await using rig = await openRig(options);
      const started = await rig.start();
      expect(started).toMatchObject({ state: 'queued', attempts: 0, user: rig.user.login, kind: 'nodejs' });
      const build = await rig.ended(started);
      expect(build).toMatchObject({
        id: started.id,
        key: started.key,
        state: 'succeeded',
        attempts: 1,
        attestation: 'off',
        sourceDigest: expect.stringMatching(DIGEST),
        fileDigest: expect.stringMatching(DIGEST),
        image: {
          reference: `registry.example.com/${rig.user.login}:web`,
          digest: rig.registry.tags.get(`${rig.user.login}:web`),
        },
      });
      expect(build.phase).toBeUndefined();
      expect(build.reason).toBeUndefined();
      expect(await rig.logOf(build.id)).toContain('installed\n');
    });

    it('gives the backend its source with the digest, a context, and no more than it needs', async () => {
      await using rig = await openRig(options);
      const build = await rig.built({ force: true });
      expect(rig.backend.works).toMatchObject([
        {
          id: build.id,
          jobName: build.jobName,
          user: rig.user.login,
          source: `registry.example.com/runtime:1@${build.sourceDigest}`,
          context: { files: { requirements: 'a\n' } },
          target: { repository: rig.user.login, tag: 'web' },
          destination: FAKE_DESTINATION,
          noCache: true,
        },
      ]);
    });

    it('shows the phases while they go on', async () => {
      await using rig = await openRig(options);
      rig.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(async () => expect((await rig.builder.find(id))?.phase).toBe('build'), {
        timeout: 20_000,
      });
      expect(await rig.builder.counts()).toEqual({ queued: 0, running: 1 });
      rig.backend.release();
      expect((await rig.builder.waitEnded(id, new AbortController().signal)).state).toBe('succeeded');
      expect(await rig.builder.counts()).toEqual({ queued: 0, running: 0 });
    });

    it.each([
      'requirement-failed',
      'source-not-found',
      'source-refused',
      'registry-unreachable',
      'registry-refused',
      'backend-failed',
    ] as const)('ends with the reason %s of its backend', async (reason) => {
      await using rig = await openRig(options, {
        fake: { build: () => Promise.reject(new BuildError(reason, `because of ${reason}`)) },
      });
      const build = await rig.built();
      expect(build).toMatchObject({ state: 'failed', reason, message: `because of ${reason}`, attempts: 1 });
      expect(build.image).toBeUndefined();
      expect(await rig.logOf(build.id)).toMatch(new RegExp(`--- because of ${reason}\n$`));
    });

    it('says of what failed for its requirements what that printed', async () => {
      const { password } = FAKE_DESTINATION.credentials ?? { password: '' };
      await using rig = await openRig(options, {
        fake: {
          async build(_work, progress) {
            await progress.write(
              `#4 0.1 ERROR: no package nope\u001b[2J for ${password}\n#4 ERROR exit code 1\n`,
            );
            throw new BuildError(
              'requirement-failed',
              'the requirements could not be installed (exit code 1)',
            );
          },
        },
      });
      const { message } = await rig.built();
      expect(message).toBe(
        'the requirements could not be installed (exit code 1): ERROR: no package nope for ***',
      );
    });

    it('ends where its source is not there, before anything is built', async () => {
      const lost = new BuildError('source-not-found', 'There is no image runtime:1');
      await using rig = await openRig(options, { fake: { sourceDigest: () => Promise.reject(lost) } });
      expect(await rig.built()).toMatchObject({
        state: 'failed',
        reason: 'source-not-found',
        message: lost.message,
      });
      expect(rig.backend.works).toEqual([]);
    });

    it('ends at the time limit, in whatever phase', async () => {
      await using rig = await openRig(options, {
        timeLimitMs: 50,
        fake: { sourceDigest: (_source, { signal }) => untilAborted(signal) },
      });
      const message = expect.stringContaining('took longer than');
      expect(await rig.built()).toMatchObject({ state: 'failed', reason: 'time-limit', message });
    });

    it('ends when it prints nothing for too long while it installs, and not while it pushes', async () => {
      await using rig = await openRig(options, {
        idleLimitMs: IDLE_MS,
        fake: {
          async build(_work, progress, signal, pass) {
            if (_work.target.tag === 'silent') return await untilAborted(signal);
            progress.phase('push');
            await new Promise((resolve) => setTimeout(resolve, 1.5 * IDLE_MS));
            return await pass();
          },
        },
      });
      const { login: repository } = rig.user;
      const silent = await rig.built({ target: { repository, tag: 'silent' } });
      expect(silent).toMatchObject({ state: 'failed', reason: 'idle-limit' });
      expect(await rig.built({ file: 'b\n' })).toMatchObject({ state: 'succeeded' });
    });

    it('is not taken for silent while the engine passes on no more of what it prints', async () => {
      await using rig = await openRig(options, {
        idleLimitMs: IDLE_MS,
        fake: {
          async build(_work, progress, signal, pass) {
            progress.phase('build');
            await progress.write('#5 0.3 much\n#5 0.3 [output clipped, log limit 2MiB reached]\n');
            await new Promise((resolve) => setTimeout(resolve, 1.5 * IDLE_MS));
            signal.throwIfAborted();
            await progress.write('#5 0.4 heard again\n');
            return _work.target.tag === 'silent' ? await untilAborted(signal) : await pass();
          },
        },
      });
      expect(await rig.built()).toMatchObject({ state: 'succeeded' });
      const target = { repository: rig.user.login, tag: 'silent' };
      const silent = await rig.built({ target, file: 'b\n' });
      expect(silent).toMatchObject({ state: 'failed', reason: 'idle-limit' });
      expect(await rig.logOf(silent.id)).toContain('heard again');
    });

    it('leaves alone what does not listen, and ends all the same', async () => {
      await using rig = await openRig(options, {
        timeLimitMs: 300,
        graceMs: 20,
        isTroubled: true,
        fake: { build: () => new Promise(() => {}) },
      });
      expect(await rig.built()).toMatchObject({ state: 'failed', reason: 'time-limit' });
      expect(rig.errors.map(String)).toEqual([expect.stringContaining('did not end within')]);
    });

    it('keeps passwords out of log and message, also where they are cut in two', async () => {
      const { password } = FAKE_DESTINATION.credentials ?? { password: '' };
      await using rig = await openRig(options, {
        secrets: ['a secret of the server'],
        fake: {
          async build(_work, progress) {
            await progress.write(`docker login -p ${password.slice(0, 9)}`);
            await progress.write(`${password.slice(9)} and a secret of the server\n`);
            throw new BuildError('registry-refused', `The registry does not take ${password}`);
          },
        },
      });
      const build = await rig.built();
      expect(build.message).toBe('The registry does not take ***');
      const log = await rig.logOf(build.id);
      expect(log).toContain('docker login -p *** and ***\n');
      expect(log).not.toContain(password);
    });

    it('keeps the beginning and the end of a log that is too large', async () => {
      const limit = 64 * 1024;
      await using rig = await openRig(options, {
        logLimitBytes: limit,
        fake: {
          async build(_work, progress, _signal, pass) {
            await progress.write('the first line\n');
            for (let i = 0; i < 2000; i += 1) await progress.write(`${'x'.repeat(99)}\n`);
            return await pass();
          },
        },
      });
      const log = await rig.logOf((await rig.built()).id);
      expect(Buffer.byteLength(log)).toBeLessThanOrEqual(limit);
      expect(log).toContain('the first line\n');
      expect(log).toMatch(/--- \d+ bytes are left out: a log has at most 65536 ---\n/);
      expect(log).toMatch(/installed\n$/);
    });

    it('is followed by any number, from the first byte to the last', async () => {
      await using rig = await openRig(options);
      rig.backend.hold();
      const { id } = await rig.start();
      const following = [rig.logOf(id), rig.logOf(id), rig.logOf(id)];
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      rig.backend.release();
      const logs = await Promise.all(following);
      expect(new Set(logs).size).toBe(1);
      expect(logs[0]).toMatch(/installed\n$/);
    });

    it('has a report, and sizes, where the image is looked at', async () => {
      const report: ImageReport = {
        digest: `sha256:${'1'.repeat(64)}`,
        sizeBytes: 700,
        addedBytes: 20,
        layers: [],
        packages: [{ name: 'a', version: '1', purl: 'pkg:npm/a@1', isAdded: true }],
        attached: { sbom: `sha256:${'2'.repeat(64)}` },
      };
      await using rig = await openRig(options, { attest: async () => report });
      const build = await rig.built();
      expect(build).toMatchObject({ attestation: 'attached', image: { sizeBytes: 700, addedBytes: 20 } });
      expect(await rig.builder.report(build.id)).toEqual(report);
      const same = await rig.start();
      expect(same).toMatchObject({ state: 'succeeded', attestation: 'attached', image: { sizeBytes: 700 } });
      expect(await rig.builder.report(same.id)).toEqual(report);
    });

    it('succeeds without a report where the image cannot be looked at, or not in time', async () => {
      await using rig = await openRig(options, {
        attestLimitMs: 30,
        async attest({ build, signal }) {
          if (build.target.tag === 'hangs') await once(signal, 'abort');
          throw new Error('a layer is damaged');
        },
      });
      const { login: repository } = rig.user;
      const build = await rig.built();
      expect(build).toMatchObject({ state: 'succeeded', attestation: 'failed' });
      expect(await rig.logOf(build.id)).toContain('a layer is damaged');
      expect(await rig.builder.report(build.id)).toBeUndefined();
      const late = await rig.built({ file: 'z\n', target: { repository, tag: 'hangs' } });
      expect(late).toMatchObject({ state: 'succeeded', attestation: 'failed' });
    });

    it('refuses a file without a kind, and a user for whom no registry is known', async () => {
      await using rig = await openRig(options, {
        fake: {
          async destination(_environment, user) {
            if (user === 'nobody') throw new BuildError('backend-failed', 'No registry is set');
            return FAKE_DESTINATION;
          },
        },
      });
      const { kind: _, ...noKind } = rig.request();
      await expect(rig.builder.start(rig.user, noKind)).rejects.toMatchObject({ code: 'INVALID' });
      const nobody = { login: 'nobody', environment: {} };
      await expect(rig.builder.start(nobody, rig.request())).rejects.toMatchObject({
        code: 'NOT_CONFIGURED',
        message: 'No registry is set',
      });
      expect((await rig.builder.list({ user: 'nobody' })).builds).toEqual([]);
    });

    it('knows of the user only what says where images go, and forgets that at the end', async () => {
      const seen: unknown[] = [];
      await using rig = await openRig(options, {
        fake: {
          async destination(environment) {
            seen.push(environment);
            return FAKE_DESTINATION;
          },
        },
      });
      const environment = { REGISTRY_SECRET: 'bob:bobs password', AWS_KEY: 'none of our business' };
      const { id } = await rig.builder.start({ ...rig.user, environment }, rig.request());
      await rig.builder.waitEnded(id, AbortSignal.timeout(20_000));
      expect(seen).toEqual([
        { REGISTRY_SECRET: 'bob:bobs password' },
        { REGISTRY_SECRET: 'bob:bobs password' },
      ]);
      const text = 'SELECT environment FROM builder_inputs';
      const kept = await rig.database.query({ sqlite: text, postgres: text });
      expect(JSON.stringify(kept)).not.toContain('password');
    });
  });
}
