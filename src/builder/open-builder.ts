import { randomUUID } from 'node:crypto';
import { openServerKeys } from '../auth/index.ts';
import { DatabaseError, openClock } from '../database/index.ts';
import { currentOwner, startSweep } from '../kernel/index.ts';
import { LogError } from '../logs/index.ts';
import type { Builder } from './builder.ts';
import { BuilderError } from './error.ts';
import { createBuildRecords } from './records/build-records.ts';
import { createClaims } from './records/claims.ts';
import { createSeal } from './records/seal.ts';
import { createBuildCalls } from './service/build-calls.ts';
import { openBuildDesk } from './service/build-desk.ts';
import { openBuildNews } from './service/build-news.ts';
import { type BuilderOptions, withDefaults } from './service/builder-options.ts';
import { serverName, takeOverLost } from './service/lost-builds.ts';
import { retainBuilds, sweepLeftovers } from './service/remove-builds.ts';
import { createStarting } from './service/start-build.ts';
import { createTelling } from './service/telling.ts';

/** What a database or a log store says of itself is no answer for a caller of the builder. */
function refusal(error: unknown): unknown {
  const isTheirs = error instanceof DatabaseError || error instanceof LogError;
  if (!isTheirs || error.code === 'STATEMENT') return error;
  // Where it is, and what it says, is the operator's business.
  const message =
    error.code === 'NO_SPACE'
      ? 'The disk of the builder is full: nothing was changed. Try again when its operator has made room.'
      : 'What the builder keeps cannot be reached now. Whether this was done is not known: look, or try again.';
  return new BuilderError('UNAVAILABLE', message, { cause: error });
}

/** A call whose trouble is `BuilderError`. */
const refusing =
  <A extends unknown[], R>(call: (...values: A) => Promise<R>) =>
  async (...values: A): Promise<R> => {
    try {
      return await call(...values);
    } catch (error) {
      throw refusal(error);
    }
  };

async function* refusingStream(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * Opens the builder of a database that was opened with `AUTH_MIGRATIONS` and `BUILDER_MIGRATIONS`. Any number of servers may have the same one open;
 * dispose it before its database and its logs: what it builds then is given back, for the next server. Throws `DatabaseError`.
 */
export async function openBuilder(options: BuilderOptions): Promise<Builder> {
  const settings = withDefaults(options);
  const { database, backend, onError, leaseMs, sweepEveryMs } = settings;
  const clock = await openClock(database, settings.now);
  const server = serverName(currentOwner(), randomUUID());
  const keys = await openServerKeys(database, clock.now());
  const seal = createSeal(keys.keyFor('variables of image builds'));
  const records = createBuildRecords(database, seal);
  const claims = createClaims({ database, clock, server, leaseMs });
  const news = openBuildNews(database);
  const tell = createTelling(settings, news.changed);
  const parts = { settings, database, clock, seal, records, claims, news, tell };
  const desk = openBuildDesk(parts);
  const { start, ensure } = createStarting(parts);
  const stopping = new AbortController();
  const calls = createBuildCalls({ ...parts, stopping: stopping.signal });

  const sweeping = { now: clock.now, onError };
  // Leases wait for nothing else.
  const renewing = startSweep({ ...sweeping, everyMs: leaseMs / 3, duties: [desk.renew] });
  const looking = startSweep({
    ...sweeping,
    everyMs: sweepEveryMs,
    duties: [
      async () => {
        await clock.adjust();
        return undefined;
      },
      takeOverLost(parts),
      // A server that was killed may not have told what it wrote.
      async () => {
        news.wakeAll();
        return undefined;
      },
    ],
  });
  const removing = startSweep({
    ...sweeping,
    everyMs: sweepEveryMs,
    duties: [...(settings.slots > 0 ? [sweepLeftovers(parts)] : []), retainBuilds(parts)],
  });

  return {
    start: refusing(start),
    ensure: refusing(ensure),
    find: refusing(calls.find),
    list: refusing(calls.list),
    waitEnded: refusing(calls.waitEnded),
    cancel: refusing(calls.cancel),
    log: (id, how) => refusingStream(calls.log(id, how)),
    report: refusing(calls.report),
    cleanUp: refusing(calls.cleanUp),
    counts: refusing(calls.counts),
    onChange: (listener) => news.onChange(listener),
    check: () => backend.check(),
    async [Symbol.asyncDispose]() {
      await Promise.all([looking[Symbol.asyncDispose](), removing[Symbol.asyncDispose]()]);
      await desk[Symbol.asyncDispose]();
      await renewing[Symbol.asyncDispose]();
      stopping.abort();
      news[Symbol.dispose]();
      await tell[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}
