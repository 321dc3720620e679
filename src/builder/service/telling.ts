import { openRunCatalog, type RunRecord } from '../../artifacts/index.ts';
import { currentOwner } from '../../kernel/index.ts';
import type { Build } from '../build.ts';
import { type StoredBuild, shownBuild } from '../records/build-row.ts';
import type { BuilderSettings } from './builder-options.ts';

/** Tells of builds what is durable: to metrics, and to the records of runs. No call throws. */
export interface Telling extends AsyncDisposable {
  started(build: StoredBuild): void;
  begun(build: StoredBuild, waitedMs: number): void;
  ended(build: StoredBuild): void;
}

const RESULTS = {
  queued: 'running',
  running: 'running',
  succeeded: 'passed',
  failed: 'failed',
  cancelled: 'interrupted',
} as const;

/** A build as a run. */
function runOf(build: Build, owner: RunRecord['owner']): RunRecord {
  const { id, user, kind, state, message, createdAt, startedAt = createdAt, endedAt } = build;
  return {
    version: 1,
    runId: id,
    application: { id: user, name: user },
    kind: 'image',
    pipeline: kind ?? 'rename',
    startedAt,
    ...(endedAt !== undefined && { finishedAt: endedAt }),
    result: RESULTS[state],
    ...(message !== undefined && { message }),
    owner,
    steps: [],
    artifacts: [],
  };
}

/** Tells the events of these settings, and writes to their store of runs; `changed` is told of each. */
export function createTelling(
  { events, runs, onError }: Pick<BuilderSettings, 'events' | 'runs' | 'onError'>,
  changed: (build: StoredBuild) => void,
): Telling {
  const owner = currentOwner();
  const catalog = runs && openRunCatalog(runs);
  /** What is being written of each: one after the other, so that the end stays. */
  const writing = new Map<string, Promise<void>>();

  function write(build: Build): void {
    if (catalog === undefined) return;
    const before = writing.get(build.id) ?? Promise.resolve();
    const written = before.then(() => catalog.write(runOf(build, owner))).catch(onError);
    writing.set(build.id, written);
    void written.then(() => {
      if (writing.get(build.id) === written) writing.delete(build.id);
    });
  }

  function event(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      onError(error);
    }
  }

  return {
    started(build) {
      event(() => events.onStarted?.(shownBuild(build)));
      changed(build);
    },
    begun(build, waitedMs) {
      changed(build);
      event(() => events.onBegun?.(shownBuild(build), waitedMs));
      write(build);
    },
    ended(build) {
      changed(build);
      event(() => events.onEnded?.(shownBuild(build)));
      write(build);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(writing.values());
    },
  };
}
