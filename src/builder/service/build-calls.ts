import { once } from 'node:events';
import type { Clock } from '../../database/index.ts';
import type { ImageReport } from '../attest/image-report.ts';
import type { Build } from '../build.ts';
import type { Builder, LogOptions } from '../builder.ts';
import { BuilderError } from '../error.ts';
import type { BuildRecords } from '../records/build-records.ts';
import { type StoredBuild, shownBuild } from '../records/build-row.ts';
import { endLog } from './briefly.ts';
import type { BuildNews } from './build-news.ts';
import type { BuilderSettings } from './builder-options.ts';
import { logNameOf } from './names.ts';
import { cleanUpUser, tryRemoveLeftovers } from './remove-builds.ts';
import type { Telling } from './telling.ts';

export interface CallParts {
  readonly settings: BuilderSettings;
  readonly clock: Clock;
  readonly records: BuildRecords;
  readonly news: BuildNews;
  readonly tell: Telling;
  /** Aborts when the builder ends: who waits is answered with what there is. */
  readonly stopping: AbortSignal;
}

const notFound = (id: string): BuilderError =>
  new BuilderError('NOT_FOUND', `There is no build ${id.slice(0, 80)}`);

// The server that ended a build ends its log right after; where that was killed in between, those who follow it do.
const LOG_END_MS = 2000;

/** What may be asked of builds that are there. */
export function createBuildCalls(
  parts: CallParts,
): Pick<Builder, 'find' | 'list' | 'waitEnded' | 'cancel' | 'log' | 'report' | 'cleanUp' | 'counts'> {
  const { settings, clock, records, news, tell } = parts;
  const { logs } = settings;

  async function stored(id: string): Promise<StoredBuild> {
    const found = await records.byId(id);
    if (found === undefined) throw notFound(id);
    return found;
  }

  async function waitEnded(id: string, abort: AbortSignal): Promise<Build> {
    const signal = AbortSignal.any([abort, parts.stopping]);
    for (;;) {
      const told = new AbortController();
      // Before it is looked at, so that no end is missed between the two.
      using _listening = news.onEnded(id, () => told.abort());
      const build = await stored(id);
      if (build.endedAt !== undefined || signal.aborted) return shownBuild(build);
      const either = AbortSignal.any([told.signal, signal]);
      if (!either.aborted) await once(either, 'abort');
    }
  }

  async function cancel(id: string): Promise<Build> {
    const build = await records.cancel(id, clock.now(), 'The build was cancelled before it began');
    if (build === undefined) return shownBuild(await stored(id));
    if (build.state === 'running') {
      news.cancelled(id);
      return await waitEnded(id, new AbortController().signal);
    }
    news.ended(id);
    tell.ended(build);
    await endLog(settings, id);
    if (build.startedAt !== undefined) await tryRemoveLeftovers(parts); // it may go on without a server
    return shownBuild(build);
  }

  /** Ends a log that nobody else will end. */
  async function endLater(id: string, signal: AbortSignal): Promise<void> {
    await waitEnded(id, signal);
    if (signal.aborted) return;
    const timer = setTimeout(() => void endLog(settings, id), LOG_END_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  async function* follow(id: string, options: LogOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const over = new AbortController();
    endLater(id, AbortSignal.any([over.signal, options.signal])).catch(settings.onError);
    try {
      yield* logs.read(logNameOf(id), { ...options, awaited: true });
    } finally {
      over.abort();
    }
  }

  async function* log(id: string, options: LogOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const build = await stored(id);
    if (options.follow && build.endedAt === undefined) return yield* follow(id, options);
    if ((await logs.size(logNameOf(id))) === undefined) return;
    yield* logs.read(logNameOf(id), { ...options, follow: false });
  }

  async function report(id: string): Promise<ImageReport | undefined> {
    const found = await records.report(id);
    if (found === undefined) await stored(id);
    return found;
  }

  return {
    async find(idOrKey, user) {
      const found = (await records.byId(idOrKey)) ?? (await records.byKey(idOrKey));
      return found === undefined || (user !== undefined && found.user !== user)
        ? undefined
        : shownBuild(found);
    },
    list: (filter) => records.list(filter),
    waitEnded,
    cancel,
    log,
    report,
    cleanUp: (user, maxAgeMs) => cleanUpUser(parts, user, clock.now() - maxAgeMs),
    counts: () => records.counts(),
  };
}
