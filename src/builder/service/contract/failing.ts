import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../../database/index.ts';
import { DatabaseError } from '../../../database/index.ts';
import { LogError, type LogStore, openDatabaseLogs } from '../../../logs/index.ts';
import { RegistryError } from '../../../registry/index.ts';
import type { BuildBackend } from '../../backend.ts';
import type { BuildState } from '../../build.ts';
import { BuildError } from '../../error.ts';
import { FAKE_DESTINATION } from '../../testing/fake-backend.ts';
import { type BuilderContractOptions, openRig } from './rig.ts';

const SEEDS = 24;

type Fault = () => Promise<never>;

/** A small generator of its own, so that a seed says what happened. */
function randomOf(seed: number): (choices: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * choices);
  };
}

const hangs: Fault = () => new Promise(() => {});
const rejects =
  (error: unknown): Fault =>
  () =>
    Promise.reject(error);
const throws =
  (error: unknown): Fault =>
  () => {
    throw error;
  };

const FAULTS: readonly Fault[] = [
  hangs,
  rejects(new BuildError('requirement-failed', 'no such package')),
  rejects(new BuildError('registry-refused', 'the disk is full')),
  rejects(new RegistryError('UNREACHABLE', 'nobody answers')),
  rejects(new RegistryError('UNAUTHORIZED', 'a wrong password')),
  rejects(new Error('socket hang up')),
  rejects('a text'),
  rejects(undefined),
  throws(new TypeError('cannot read properties of undefined')),
];

/** Fails one call of three, in any way. */
function faulty(random: (choices: number) => number): <T>(call: () => Promise<T>) => Promise<T> {
  return (call) => {
    const fault = random(3) === 0 ? FAULTS[random(FAULTS.length)] : undefined;
    return fault === undefined ? call() : fault();
  };
}

/** Fails one call of four, as a database does that is there and is not. */
function faultyDatabase(
  database: Database,
  random: (choices: number) => number,
  isOn: () => boolean,
): Database {
  async function perhaps<T>(call: () => Promise<T>): Promise<T> {
    const what = isOn() ? random(8) : 8;
    if (what === 0) throw new DatabaseError('UNAVAILABLE', 'It was lost before');
    const answer = await call();
    if (what === 1) throw new DatabaseError('UNAVAILABLE', 'It was lost after');
    return answer;
  }
  return {
    kind: database.kind,
    name: database.name,
    query: (statement, values) => perhaps(() => database.query(statement, values)),
    batch: (executions) => perhaps(() => database.batch(executions)),
    notify: (channel, payload) => database.notify(channel, payload),
    listen: (channel, listener) => database.listen(channel, listener),
    isWell: () => database.isWell(),
    [Symbol.asyncDispose]: async () => {},
  };
}

function faultyLogs(logs: LogStore, perhaps: <T>(call: () => Promise<T>) => Promise<T>): LogStore {
  return {
    append: (name, offset, bytes) => perhaps(() => logs.append(name, offset, bytes)),
    end: (name) => perhaps(() => logs.end(name)),
    size: (name) => perhaps(() => logs.size(name)),
    remove: (name) => logs.remove(name),
    read: (name, how) => logs.read(name, how),
    list: () => logs.list(),
    [Symbol.asyncDispose]: async () => {},
  };
}

const ENDED: readonly BuildState[] = ['succeeded', 'failed', 'cancelled'];

export function describeFailing(options: BuilderContractOptions): void {
  describe('whatever fails', () => {
    it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
      'every build ends in a state with a reason (%i)',
      async (seed) => {
        const random = randomOf(seed);
        const perhaps = faulty(random);
        let isOn = false;
        const database = faultyDatabase(options.database(), random, () => isOn);
        await using logs = openDatabaseLogs({ database: options.database(), gatherMs: 1 });
        const badLogs = faultyLogs(logs, async (call) => {
          if (isOn && random(4) === 0) throw new LogError('NO_SPACE', 'the disk is full');
          if (isOn && random(8) === 0) await hangs();
          return await call();
        });
        const sourceDigest: BuildBackend['sourceDigest'] = () =>
          perhaps(async () => `sha256:${String(random(2)).repeat(64)}`);
        await using rig = await openRig(
          { database: () => database },
          {
            isTroubled: true,
            logs: badLogs,
            slots: 2,
            timeLimitMs: 300,
            idleLimitMs: 100,
            attestLimitMs: 50,
            graceMs: 20,
            leaseMs: 300,
            sweepEveryMs: 20,
            secrets: [FAKE_DESTINATION.credentials?.password ?? ''],
            attest: () => perhaps(() => Promise.reject(new Error('a damaged layer'))),
            fake: {
              sourceDigest,
              destination: async () => FAKE_DESTINATION,
              build: (_work, progress, _signal, pass) =>
                perhaps(async () => {
                  await progress.write('x'.repeat(random(3) * 10_000));
                  return random(6) === 0 ? { digest: 'none' } : await pass();
                }),
              removeLeftovers: () => perhaps(async () => 0),
            },
          },
        );
        isOn = true;
        rig.registry.trouble = () => perhaps(async () => {});
        const files = ['a\n', 'a\nb\n', 'a\n', 'c\n', 'a\nb\nc\n', randomUUID()];
        const outcomes = await Promise.allSettled(files.map((file) => rig.start({ file })));
        const [one] = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
        // A cancelled call may fail as any other.
        if (one !== undefined && random(2) === 0) void rig.builder.cancel(one.id).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 50));
        isOn = false;
        const { builds } = await rig.builder.list({ user: rig.user.login });
        expect(builds.length).toBeGreaterThan(0);
        for (const { id } of builds) {
          const build = await rig.builder.waitEnded(id, AbortSignal.timeout(20_000));
          expect(ENDED).toContain(build.state);
          if (build.state === 'succeeded') expect(build.image?.digest).toMatch(/^sha256:/);
          else
            expect({ ...build, isSaid: Boolean(build.reason && build.message) }).toMatchObject({
              isSaid: true,
            });
          expect(build.endedAt).toBeGreaterThanOrEqual(build.createdAt);
        }
        expect(await rig.builder.counts()).toEqual({ queued: 0, running: 0 });
      },
    );

    it('tells callers that the database is away, and not where it is', async () => {
      let isAway = false;
      const own = options.database();
      const away = new DatabaseError('UNAVAILABLE', 'postgres://slipway@db/builds cannot be reached');
      const query: Database['query'] = (...call) => (isAway ? Promise.reject(away) : own.query(...call));
      const batch: Database['batch'] = (...call) => (isAway ? Promise.reject(away) : own.batch(...call));
      const database: Database = { ...own, query, batch };
      await using rig = await openRig({ database: () => database }, { slots: 0, isTroubled: true });
      const { id } = await rig.start();
      isAway = true;
      const calls = [rig.start({ file: 'b\n' }), rig.builder.cancel(id), rig.builder.find(id), rig.logOf(id)];
      const expected = { code: 'UNAVAILABLE', message: expect.not.stringContaining('postgres'), cause: away };
      for (const call of calls) await expect(call).rejects.toMatchObject(expected);
      isAway = false;
      expect(await rig.builder.cancel(id)).toMatchObject({ state: 'cancelled' });
    });
  });
}
