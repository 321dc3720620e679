import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Database } from '../../../database/index.ts';
import type { Build } from '../../build.ts';
import { BuildError } from '../../error.ts';
import { untilAborted } from '../../testing/fake-backend.ts';
import { type BuilderContractOptions, openRig, soon } from './rig.ts';

const SEEDS = 5;
const BUILDS = 9;
const SLOWEST_MS = 8;

type Random = (choices: number) => number;

function randomOf(seed: number): Random {
  let state = seed * 2_654_435_761 + 1;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * choices);
  };
}

/** Its answers come in another order with each seed: half of them at once, and the others some milliseconds later. */
function lateDatabase(database: Database, pause: () => Promise<void>): Database {
  async function late<T>(call: () => Promise<T>): Promise<T> {
    await pause();
    const answer = await call();
    await pause();
    return answer;
  }
  return {
    kind: database.kind,
    name: database.name,
    query: (statement, values) => late(() => database.query(statement, values)),
    batch: (executions) => late(() => database.batch(executions)),
    notify: (channel, payload) => database.notify(channel, payload),
    listen: (channel, listener) => database.listen(channel, listener),
    isWell: () => database.isWell(),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** How one build of a test ends where nobody cancels it, by the beginning of its tag. */
const ENDS = { pass: 'succeeded', fail: 'failed', hang: 'cancelled' } as const;
const KINDS = ['pass', 'fail', 'hang'] as const;

export function describeShuffling(options: BuilderContractOptions): void {
  describe('whatever comes first', () => {
    it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
      'a build has one end, a log that all who follow it get whole, and is cancelled where it hangs (%i)',
      async (seed) => {
        const random = randomOf(seed);
        const pause = async (): Promise<void> => {
          if (random(2) === 0) await sleep(random(SLOWEST_MS));
        };
        const ends: Build[] = [];
        // Nothing is found by looking again: what is not heard of when it happens is missed.
        const server = {
          database: lateDatabase(options.database(), pause),
          leaseMs: 600_000,
          sweepEveryMs: 600_000,
          events: { onEnded: (build: Build) => void ends.push(build) },
          fake: {
            goesOnAlone: random(2) === 0,
            async build({ target: { tag } }, progress, signal, pass) {
              await progress.write(`${tag} begins\n`);
              await pause();
              if (tag.startsWith('hang')) return await untilAborted(signal);
              if (tag.startsWith('fail'))
                throw new BuildError('requirement-failed', 'it cannot be installed');
              return await pass();
            },
          },
        } satisfies Parameters<typeof openRig>[1];
        await using rig = await openRig(options, { ...server, slots: 2, limits: { maxRunning: 4 } });
        const other = await rig.another({ ...server, slots: 1 });

        async function life(number: number): Promise<Build> {
          const kind = KINDS[random(KINDS.length)] ?? 'pass';
          await sleep(random(40));
          const tag = `${kind}-${kind === 'hang' ? number : random(3)}`;
          const target = { repository: rig.user.login, tag };
          const { id } = await rig.start({ target, file: `${kind} ${random(2)}\n`, force: random(4) === 0 });
          await pause();
          const log = rig.logOf(id);
          await sleep(random(random(2) === 0 ? 5 : 40));
          const isCancelled = kind === 'hang' || random(4) === 0;
          const told = isCancelled ? await rig.builder.cancel(id) : undefined;
          const build = await rig.builder.waitEnded(id, soon());
          if (told !== undefined) expect(told).toEqual(build);
          expect(isCancelled ? [ENDS[kind], 'cancelled'] : [ENDS[kind]]).toContain(build.state);
          expect(await log).toBe(await rig.logOf(id));
          if (build.state === 'failed') expect(await log).toMatch(/^--- .*it cannot be installed/m);
          return build;
        }

        const lives = Array.from({ length: BUILDS }, (_, number) => life(number));
        const request = { source: 'runtime:1', kind: 'python', file: 'z\n', builderId: 'python-3' } as const;
        const ensured = Promise.all([1, 2, 3].map(async () => await rig.builder.ensure(rig.user, request)));
        await sleep(random(60));
        await other[Symbol.asyncDispose]();
        const builds = await Promise.all(lives);
        expect(new Set((await ensured).map(({ id }) => id)).size).toBe(1);
        for (const { id } of await ensured) builds.push(await rig.builder.waitEnded(id, soon()));
        const all = new Map(builds.map((build) => [build.id, build]));
        await vi.waitFor(() => expect(ends).toHaveLength(all.size), { timeout: 20_000 });
        expect(new Map(ends.map((build) => [build.id, build]))).toEqual(all);
        expect(await rig.builder.counts()).toEqual({ queued: 0, running: 0 });
      },
    );
  });
}
