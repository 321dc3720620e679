import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from '../../database/index.ts';
import type { Duty } from '../../kernel/index.ts';
import { BuildError, ServerStopping } from '../error.ts';
import type { StoredBuild } from '../records/build-row.ts';
import type { ClaimedBuild, Ending } from '../records/claims.ts';
import { endLog } from './briefly.ts';
import { type BuildLimits, ClaimLost, startLimits } from './build-limits.ts';
import type { BuildNews } from './build-news.ts';
import type { RunParts } from './run.ts';
import { runBuild } from './run-build.ts';
import type { Telling } from './telling.ts';

const MAX_PAUSE_MS = 5000;

export interface DeskParts extends RunParts {
  readonly news: BuildNews;
  readonly tell: Telling;
}

/** The builds that this server runs. */
export interface BuildDesk extends AsyncDisposable {
  /** Looks for more to do. */
  wake(): void;
  /** Renews what is held, and lets go of what is not; ends what somebody cancelled. */
  readonly renew: Duty;
}

interface Held {
  readonly build: ClaimedBuild;
  readonly limits: BuildLimits;
  readonly lease: Lease;
  readonly settled: Promise<void>;
}

/** Until when no other server may take a build. */
interface Lease {
  until: number;
}

const cancelled = (): BuildError => new BuildError('cancelled', 'The build was cancelled');

/** Claims builds as long as there is room for them. Dispose it to end or leave what goes on, and give it back. */
export function openBuildDesk(parts: DeskParts): BuildDesk {
  const { settings, claims, news, clock } = parts;
  const held = new Map<string, Held>();
  const stopping = new AbortController();
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  /** Builds that were cancelled while this server claimed one: it may be that one, and the claim may be older. */
  const cancelledMeanwhile = new Set<string>();

  /** Told at once, or as soon as the database takes it: until then nobody may take the build for lost. */
  async function finish(build: ClaimedBuild, ending: Ending): Promise<StoredBuild | undefined> {
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        return await claims.finish(build, ending);
      } catch (error) {
        settings.onError(error);
        const isHopeless = error instanceof DatabaseError && error.code === 'CLOSED';
        if (isHopeless || stopping.signal.aborted) return undefined;
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  async function end(build: ClaimedBuild, ending: Ending, closeLog?: () => Promise<void>): Promise<void> {
    const stored = await finish(build, ending);
    if (stored === undefined) return;
    await closeLog?.();
    news.ended(stored.id);
    parts.tell.ended(stored);
    await endLog(settings, stored.id);
  }

  async function giveBack(build: ClaimedBuild): Promise<void> {
    if (await claims.giveBack(build)) return news.queued(build.id);
    const { reason, message } = cancelled(); // meanwhile, or another server has it
    await end(build, { state: 'cancelled', reason, message });
  }

  async function run(build: ClaimedBuild, limits: BuildLimits): Promise<void> {
    try {
      parts.tell.begun(build, Math.max(0, clock.now() - build.createdAt));
      const { ending, closeLog } = await runBuild(parts, build, limits);
      if (ending !== undefined) await end(build, ending, closeLog);
      else if (limits.signal.reason instanceof ServerStopping) await giveBack(build);
    } catch (error) {
      settings.onError(error);
    } finally {
      limits[Symbol.dispose]();
      held.delete(build.id);
      wake();
    }
  }

  function begin(build: ClaimedBuild): void {
    const { timeLimitMs, idleLimitMs } = settings;
    const lease: Lease = { until: build.leaseUntil };
    const limits = startLimits({ timeLimitMs, idleLimitMs, isHeld: () => clock.now() < lease.until });
    const { promise, resolve } = Promise.withResolvers<void>();
    held.set(build.id, { build, limits, lease, settled: promise });
    if (build.cancelAsked || cancelledMeanwhile.has(build.id)) limits.abort(cancelled());
    void run(build, limits).then(resolve);
  }

  async function look(): Promise<void> {
    do {
      lookAgain = false;
      while (held.size < settings.slots && !stopping.signal.aborted) {
        const build = await claims.next(settings.limits.maxRunning);
        if (build === undefined) break;
        begin(build);
      }
    } while (lookAgain && !stopping.signal.aborted);
  }

  function wake(): void {
    if (stopping.signal.aborted || settings.slots === 0) return;
    lookAgain = true;
    looking ??= look()
      .catch(settings.onError) // looked at again with the next sweep
      .finally(() => {
        looking = undefined;
        cancelledMeanwhile.clear();
        if (lookAgain && held.size < settings.slots && !stopping.signal.aborted) setImmediate(wake);
      });
  }

  async function renewAll(): Promise<void> {
    const before = clock.now();
    const asked = [...held.values()];
    const found = await claims.renew(asked.map(({ build }) => build.claimId));
    const byClaim = new Map(found.map((each) => [each.claimId, each]));
    for (const { build, limits, lease } of asked) {
      const claim = byClaim.get(build.claimId);
      if (claim !== undefined) lease.until = before + settings.leaseMs;
      // One that has ended meanwhile does not listen any more.
      if (claim === undefined) limits.abort(new ClaimLost('Another server has the build'));
      else if (claim.cancelAsked) limits.abort(cancelled());
    }
  }

  news.onWork(wake);
  news.onCancel((id) => {
    if (id === undefined) void renewAll().catch(settings.onError);
    else if (held.has(id)) held.get(id)?.limits.abort(cancelled());
    else if (looking !== undefined) cancelledMeanwhile.add(id);
  });

  return {
    wake,
    async renew() {
      if (held.size === 0) return undefined;
      try {
        await renewAll();
      } catch (error) {
        settings.onError(error);
        for (const { limits, lease } of held.values()) {
          // Another server may have it by now.
          if (clock.now() >= lease.until) limits.abort(new ClaimLost('The database does not answer'));
        }
        return clock.now() + Math.min(1000, settings.leaseMs / 3);
      }
      return clock.now() + settings.leaseMs / 3;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await looking;
      for (const { limits } of held.values()) limits.abort(new ServerStopping());
      await Promise.all([...held.values()].map(({ settled }) => settled));
    },
  };
}
