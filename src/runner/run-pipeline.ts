import { rm } from 'node:fs/promises';
import type { Engine } from '../engine/index.ts';
import { createRedactor, currentOwner, type RunEventBody, type RunEventSink } from '../kernel/index.ts';
import type { BoxSpec } from '../pipeline/index.ts';
import { announcePlan, gitOf } from './announce-plan.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { boxName } from './box.ts';
import { buildServiceImage } from './build-service.ts';
import type { BuildCache } from './cached/build-cache.ts';
import { findCacheKey } from './cached/inputs/find-cache-key.ts';
import { startCleaning } from './cleaning.ts';
import { createEmitter, type RunContext } from './context.ts';
import { findEngineAccess } from './engine-access.ts';
import { executePlan } from './execute-plan.ts';
import { asFailure } from './failure.ts';
import type { Interrupts } from './interrupts.ts';
import { useLastBuild } from './last-build.ts';
import type { Person } from './person.ts';
import { type PreparedRun, prepareRun } from './prepare-run.ts';
import { keepProjectCopy } from './project-copy.ts';
import type { RunFailure, RunRequest, RunResult } from './request.ts';
import { settledOrAborted } from './settled-or-aborted.ts';
import { stageFiles } from './stage-files.ts';
import { copySource, fetchSource } from './stage-source.ts';
import { findResumption, type Resumption } from './states/resume.ts';
import { openWorkingFolder, type WorkingFolder } from './working-folder.ts';

export interface RunDependencies {
  readonly engine: Engine;
  readonly events: RunEventSink;
  /** Aborts to stop the run: the step is ended, everything is cleaned up, and the result is `interrupted`. */
  readonly signal: AbortSignal;
  /** Absent: nobody is at a terminal. */
  readonly person?: Person;
  /** Told when the run has passed and all that it made is in place, before it cleans up; what follows may start then. */
  readonly onPassed?: (result: RunResult) => void;
  /** Absent: there is no Ctrl-C that a step could take. */
  readonly interrupts?: Interrupts;
  /** Absent: artifacts stay in the run's folder and nowhere else. */
  readonly artifactStore?: ArtifactStore;
  /**
   * Where what an earlier run of the same inputs made is looked for, and where what this one makes is kept. Absent:
   * nowhere. A run that has it keeps its artifacts.
   */
  readonly buildCache?: BuildCache;
}

/**
 * Runs one pipeline from its source to its result, and removes every container, network and temporary folder of it,
 * however it ends. What a run that was killed left behind is removed on the way.
 *
 * Does not throw for anything that a person's files, the engine or the box can cause: that is in the result, and in the
 * events before it. Several runs may go on at once.
 */
export async function runPipeline(asked: RunRequest, dependencies: RunDependencies): Promise<RunResult> {
  const request = dependencies.buildCache === undefined ? asked : { ...asked, artifacts: true };
  const startedAt = performance.now();
  const owner = currentOwner();
  const redactor = createRedactor();
  const emitter = createEmitter(dependencies.events, redactor, request.runId);
  const folder = await openWorkingFolder({
    root: request.workingDir,
    runId: request.runId,
    applicationName: request.application.name,
    owner,
  });
  emitter.emit(startedEvent(request, folder));
  const { engine, signal, person, interrupts, artifactStore } = dependencies;
  const context: RunContext = {
    request,
    engine,
    signal,
    folder,
    owner,
    redactor,
    ...(artifactStore === undefined ? {} : { artifactStore }),
    ...(person === undefined ? {} : { person }),
    ...(interrupts === undefined ? {} : { interrupts }),
    ...emitter,
  };
  const result = await runGuarded(context, dependencies);
  const durationMs = performance.now() - startedAt;
  const { failure, cachedFrom } = result;
  emitter.emit({
    type: 'run-finished',
    at: Date.now(),
    result: result.result,
    durationMs,
    ...(cachedFrom !== undefined && { cachedFrom }),
    ...(failure === undefined ? {} : { message: failure.message }),
    ...(failure?.hint === undefined ? {} : { hint: failure.hint }),
    ...(request.noRemove ? { keptBox: boxName(request.runId) } : {}),
  });
  return result;
}

function startedEvent(request: RunRequest, folder: WorkingFolder): RunEventBody {
  const { pipeline, kind, partOf, application } = request;
  return {
    type: 'run-started',
    at: Date.now(),
    pipeline,
    kind,
    application: { id: application.id, name: application.name },
    ...gitOf(request),
    runFolder: folder.run,
    ...(partOf === undefined ? {} : { partOf }),
  };
}

async function runGuarded(context: RunContext, dependencies: RunDependencies): Promise<RunResult> {
  const runFolder = context.folder.run;
  try {
    const result = await run(context, dependencies);
    return result.failure === undefined ? result : { ...result, failure: masked(result.failure, context) };
  } catch (error) {
    if (context.signal.aborted) {
      return { result: 'interrupted', failure: { reason: 'interrupted', message: 'Interrupted' }, runFolder };
    }
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return { result: 'failed', failure: masked(failure, context), runFolder };
  } finally {
    await keepProjectCopy(context.folder, context.request);
    await rm(context.folder.temporary, { recursive: true, force: true });
  }
}

const masked = (failure: RunFailure, { redactor }: RunContext): RunFailure => ({
  ...failure,
  message: redactor.text(failure.message),
});

async function run(started: RunContext, dependencies: RunDependencies): Promise<RunResult> {
  const context = await fetchSource(started);
  const prepared = await useLastBuild(context, await prepareRun(context, () => findEngineAccess(context)));
  const { plan, ignoreFile } = prepared;
  announcePlan(context, prepared);
  const resumption = await findResumption(context, plan);
  const { onPassed, buildCache: cache, events } = dependencies;
  const work: Work = { dependencies, prepared, ...(resumption !== undefined && { resumption }) };
  if (cache === undefined) return await runPlan(context, context, work);
  const { runCached } = await import('./cached/run-cached.ts'); // a plain run loads nothing of the cache
  return await runCached(context, {
    cache,
    plan,
    events,
    findKey: () => findCacheKey(context, prepared),
    leaveFiles: async () => {
      await copySource(context, ignoreFile);
      await stageFiles(context, plan);
    },
    execute: (recorded) => runPlan(context, recorded, work),
    ...(onPassed && { onPassed }),
  });
}

interface Work {
  readonly dependencies: RunDependencies;
  readonly prepared: PreparedRun;
  readonly resumption?: Resumption;
}

/** Runs a plan, and removes beside that what killed runs left. What happens in the box goes to `recorded`. */
async function runPlan(context: RunContext, recorded: RunContext, work: Work): Promise<RunResult> {
  const { dependencies, prepared, resumption } = work;
  const { plan, ignoreFile, environment } = prepared;
  const cleaning = startCleaning(context, resumption?.record.runId);
  try {
    await copySource(context, ignoreFile);
    const staged = await stageFiles(context, plan);
    await settledOrAborted(cleaning.wayFree, context.signal);
    context.signal.throwIfAborted();
    const { onPassed, artifactStore, buildCache, ...nested } = dependencies; // what a service's run produces is its image
    const buildService = (spec: BoxSpec): Promise<string> =>
      buildServiceImage(context, spec, (request) => runPipeline(request, nested));
    return await executePlan(recorded, {
      plan,
      environment,
      staged,
      buildService,
      onSetUp: () => void cleaning.finish(),
      ...(resumption !== undefined && { resumption }),
      ...(onPassed && { onPassed }),
      ...(ignoreFile !== undefined && { ignoreFile }),
    });
  } finally {
    await cleaning.finish();
  }
}
