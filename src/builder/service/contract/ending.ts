import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../database/index.ts';
import type { ImageReport } from '../../attest/image-report.ts';
import { BuildError, ServerStopping } from '../../error.ts';
import { untilAborted } from '../../testing/fake-backend.ts';
import { type BuilderContractOptions, openRig, soon } from './rig.ts';

const CLAIMS = 'UPDATE builder_builds SET server = $1, claim_id = $2, lease_until = $3 WHERE build_id = $4';

export function describeEnding(options: BuilderContractOptions): void {
  describe('why a build failed', () => {
    it('is said in short, and tells a terminal nothing, whatever a registry says', async () => {
      const hostile = `\u001b]0;owned\u0007${'x'.repeat(5_000_000)}`;
      await using rig = await openRig(options, {
        fake: { build: () => Promise.reject(new BuildError('registry-refused', hostile)) },
      });
      const { id, message = '' } = await rig.built();
      expect(message).toMatch(/^␛]0;owned␇x+…$/);
      expect(message.length).toBeLessThan(2100);
      expect((await rig.logOf(id)).length).toBeLessThan(3000);
    });
  });

  describe('cancelling', () => {
    it('ends a build that waits at once', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const { id } = await rig.start();
      const waiting = rig.ended(await rig.start({ file: 'b\n' }));
      const log = rig.logOf(id);
      expect(await rig.builder.cancel(id)).toMatchObject({
        state: 'cancelled',
        reason: 'cancelled',
        attempts: 0,
      });
      expect(await log).toBe('');
      const [other] = (await rig.builder.list({ states: ['queued'] })).builds;
      await rig.builder.cancel(other?.id ?? '');
      expect((await waiting).state).toBe('cancelled');
    });

    it('ends one that runs, and resolves when nothing of it goes on', async () => {
      await using rig = await openRig(options);
      rig.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(() => expect(rig.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      const all = await Promise.all([rig.builder.cancel(id), rig.builder.cancel(id)]);
      for (const build of all) expect(build).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
      expect(rig.backend.goingOn.size).toBe(0);
      expect(await rig.logOf(id)).toContain('--- The build was cancelled\n');
    });

    it('ends one that its server has taken and does not know of yet', async () => {
      const own = options.database();
      const [taken, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const batch: Database['batch'] = async (executions) => {
        const answers = await own.batch(executions);
        if (answers?.[1]?.[0]?.['state'] !== 'running') return answers;
        taken.resolve();
        await heard.promise;
        return answers;
      };
      await using rig = await openRig(
        { database: () => ({ ...own, batch }) },
        { leaseMs: 600_000, fake: { build: (_work, _progress, signal) => untilAborted(signal) } },
      );
      const { id } = await rig.start();
      await taken.promise;
      const told = Promise.withResolvers<void>();
      using _listening = own.listen('builder.cancelled', () => told.resolve());
      const cancelled = rig.builder.cancel(id);
      await told.promise;
      heard.resolve();
      expect(await cancelled).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    });

    it('leaves one that has ended as it is', async () => {
      await using rig = await openRig(options);
      const build = await rig.built();
      expect(await rig.builder.cancel(build.id)).toEqual(build);
    });

    it('knows no build that there is not', async () => {
      await using rig = await openRig(options);
      for (const id of ['00000000-0000-4000-8000-000000000000', 'x', '', "' OR 1=1 --"]) {
        const signal = new AbortController().signal;
        const expected = { code: 'NOT_FOUND' };
        await expect(rig.builder.cancel(id)).rejects.toMatchObject(expected);
        await expect(rig.builder.waitEnded(id, signal)).rejects.toMatchObject(expected);
        await expect(rig.builder.report(id)).rejects.toMatchObject(expected);
        await expect(rig.logOf(id)).rejects.toMatchObject(expected);
        expect(await rig.builder.find(id)).toBeUndefined();
      }
    });

    it('gives who waits what is there when they do not want to wait longer', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const build = await rig.start();
      const stop = new AbortController();
      const waiting = rig.builder.waitEnded(build.id, stop.signal);
      stop.abort();
      expect(await waiting).toEqual(build);
    });
  });

  describe('a server that stops', () => {
    it('gives back what it builds, and the next one builds it as if nothing had been', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const stopping = await rig.another({ slots: 1 });
      stopping.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(() => expect(stopping.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      await stopping[Symbol.asyncDispose]();
      expect(await rig.builder.find(id)).toMatchObject({ state: 'queued', attempts: 0 });
      await rig.another({ slots: 1 });
      const build = await rig.builder.waitEnded(id, AbortSignal.timeout(20_000));
      expect(build).toMatchObject({ state: 'succeeded', attempts: 1 });
      const log = await rig.logOf(id);
      expect(log).toContain('--- The server stops; the build goes on with the next one\n');
      expect(log).toMatch(/installed\n$/);
    });

    it('leaves what it was attesting to the next one, which attests it', async () => {
      const digest = `sha256:${'1'.repeat(64)}`;
      const report: ImageReport = {
        digest,
        sizeBytes: 1,
        addedBytes: 1,
        layers: [],
        packages: [],
        attached: { sbom: digest },
      };
      await using rig = await openRig(options, { slots: 0 });
      const attesting = Promise.withResolvers<void>();
      const stopping = await rig.another({
        slots: 1,
        async attest({ signal }) {
          attesting.resolve();
          return await untilAborted(signal ?? soon());
        },
      });
      const { id } = await rig.start();
      await attesting.promise;
      await stopping[Symbol.asyncDispose]();
      expect(await rig.builder.find(id)).toMatchObject({ state: 'queued', attempts: 0 });
      await rig.another({ slots: 1, attest: async () => report });
      expect(await rig.builder.waitEnded(id, soon())).toMatchObject({
        state: 'succeeded',
        attestation: 'attached',
      });
    });

    it('tells a backend that goes on alone only that, so that the next server takes over', async () => {
      const reasons: unknown[] = [];
      await using rig = await openRig(options, { slots: 0 });
      const stopping = await rig.another({
        slots: 1,
        fake: {
          goesOnAlone: true,
          build: async (_work, _progress, signal) =>
            await untilAborted(signal).catch((reason: unknown) => {
              reasons.push(reason);
              throw reason;
            }),
        },
      });
      await rig.start();
      await vi.waitFor(() => expect(stopping.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      await stopping[Symbol.asyncDispose]();
      expect(reasons).toEqual([expect.any(ServerStopping)]);
    });

    it('ends what somebody cancelled meanwhile', async () => {
      await using rig = await openRig(options, { slots: 0 });
      const server = await rig.another({ slots: 1, leaseMs: 60_000 });
      server.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(() => expect(server.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      const text = 'UPDATE builder_builds SET cancel_asked = TRUE';
      await rig.database.query({ sqlite: text, postgres: text });
      await server[Symbol.asyncDispose]();
      expect(await rig.builder.find(id)).toMatchObject({ state: 'cancelled' });
    });
  });

  describe('a server that is lost', () => {
    /** Makes a build look as if a server had it that says nothing any more. */
    const lose = (gone: { readonly process: string; readonly leaseUntil: number }, id: string) => [
      JSON.stringify({ host: 'elsewhere', process: gone.process, instance: 'x' }),
      'a claim',
      gone.leaseUntil,
      id,
    ];

    it('loses its build when its lease ends, and another one begins it once more', async () => {
      await using rig = await openRig(options, { slots: 0, sweepEveryMs: 20 });
      const { id } = await rig.start();
      const running = `UPDATE builder_builds SET state = 'running', attempts = 1 WHERE build_id = $1`;
      const values = lose({ process: 'p', leaseUntil: Date.now() + 200 }, id);
      await rig.database.query({ sqlite: CLAIMS, postgres: CLAIMS }, values);
      await rig.database.query({ sqlite: running, postgres: running }, [id]);
      const server = await rig.another({ slots: 1, sweepEveryMs: 20 });
      const build = await rig.builder.waitEnded(id, AbortSignal.timeout(20_000));
      expect(build).toMatchObject({ state: 'succeeded', attempts: 2 });
      expect(server.backend.works).toHaveLength(1);
      expect(await rig.logOf(id)).toMatch(/^--- The build begins again: the server that ran it is gone\n/);
    });

    it('has lost it for good the second time', async () => {
      await using rig = await openRig(options, { slots: 0, sweepEveryMs: 20 });
      const { id } = await rig.start();
      const running = `UPDATE builder_builds SET state = 'running', attempts = 2 WHERE build_id = $1`;
      await rig.database.query(
        { sqlite: CLAIMS, postgres: CLAIMS },
        lose({ process: 'p', leaseUntil: 1 }, id),
      );
      await rig.database.query({ sqlite: running, postgres: running }, [id]);
      expect(await rig.builder.waitEnded(id, AbortSignal.timeout(20_000))).toMatchObject({
        state: 'failed',
        reason: 'server-lost',
        message: expect.stringContaining('2 times'),
      });
      expect(await rig.logOf(id)).toBe('');
    });

    it('ends what was cancelled, and does not begin it again', async () => {
      await using rig = await openRig(options, { slots: 0, sweepEveryMs: 20 });
      const { id } = await rig.start();
      const running = `UPDATE builder_builds SET state = 'running', attempts = 1 WHERE build_id = $1`;
      const far = Date.now() + 3_600_000;
      await rig.database.query(
        { sqlite: CLAIMS, postgres: CLAIMS },
        lose({ process: 'p', leaseUntil: far }, id),
      );
      await rig.database.query({ sqlite: running, postgres: running }, [id]);
      const cancelled = rig.builder.cancel(id);
      await vi.waitFor(
        async () => {
          const text = 'SELECT 1 FROM builder_builds WHERE cancel_asked';
          expect(await rig.database.query({ sqlite: text, postgres: text })).toHaveLength(1);
        },
        { timeout: 20_000 },
      );
      await rig.database.query(
        { sqlite: CLAIMS, postgres: CLAIMS },
        lose({ process: 'p', leaseUntil: 1 }, id),
      );
      expect(await cancelled).toMatchObject({ state: 'cancelled', attempts: 1 });
    });

    it('that was frozen ends its build before it does anything more, and asks nobody for that', async () => {
      let now = 1_000_000_000_000;
      const seen: unknown[] = [];
      await using rig = await openRig(options, {
        now: () => now,
        leaseMs: 60_000,
        sweepEveryMs: 20,
        fake: {
          async build(_work, progress, signal, pass) {
            if (seen.length > 0) return await pass();
            now += 61_000;
            progress.phase('push');
            seen.push(signal.reason);
            return await untilAborted(signal);
          },
        },
      });
      expect(await rig.built()).toMatchObject({ state: 'succeeded', attempts: 2 });
      expect(seen).toEqual([expect.objectContaining({ name: 'ClaimLost' })]);
    });

    it('writes nothing more of a build that another one has', async () => {
      await using rig = await openRig(options, { slots: 0, sweepEveryMs: 60_000 });
      const server = await rig.another({ slots: 1, leaseMs: 300, sweepEveryMs: 60_000 });
      server.backend.hold();
      const { id } = await rig.start();
      await vi.waitFor(() => expect(server.backend.goingOn.size).toBe(1), { timeout: 20_000 });
      const far = Date.now() + 3_600_000;
      await rig.database.query(
        { sqlite: CLAIMS, postgres: CLAIMS },
        lose({ process: 'p', leaseUntil: far }, id),
      );
      await vi.waitFor(() => expect(server.backend.goingOn.size).toBe(0), { timeout: 20_000 });
      expect(await rig.builder.find(id)).toMatchObject({ state: 'running', attempts: 1 });
    });
  });
}
