import { join } from 'node:path';
import type { CachedFrom, Result, RunEventSink } from '../../kernel/index.ts';
import type { CacheKey, NotCacheable, Plan } from '../../pipeline/index.ts';
import { createEmitter, type RunContext } from '../context.ts';
import { asFailure } from '../failure.ts';
import { phase } from '../phase.ts';
import type { RunResult } from '../request.ts';
import { linkStep } from '../stage-files.ts';
import type { BuildCache, CachedBuild } from './build-cache.ts';
import { buildPrefix } from './build-ref.ts';
import { isCopyOf } from './copied-source.ts';
import { isDamage, isTrouble } from './is-damage.ts';
import { openJournal } from './journal.ts';
import { readBuildRecord, readBuildSource } from './read-build.ts';
import { replay } from './replay.ts';
import { placeArtifact, type UnpackedBuild, unpackBuild } from './restore.ts';
import { saveRun } from './save.ts';
import { type EarlierBuild, whyMissed } from './why-missed.ts';

export interface CachedRunOptions {
  readonly cache: BuildCache;
  readonly plan: Plan;
  /** Where the run's events go. */
  readonly events: RunEventSink;
  /** What the run depends on, as it is now; asked before the run and after it. */
  readonly findKey: () => Promise<Result<CacheKey, NotCacheable>>;
  /** Leaves the copy of the source and the steps' files as a run does. */
  readonly leaveFiles: () => Promise<void>;
  /** Runs the plan, and tells the context that it is given what happens in the box; not called on a hit. */
  readonly execute: (context: RunContext) => Promise<RunResult>;
  /** Told of a hit when all of it is in place; `execute` tells of a run. */
  readonly onPassed?: (result: RunResult) => void;
}

interface Sought extends CachedRunOptions {
  readonly key: CacheKey;
  readonly ref: string;
  readonly prefix: string;
}

/**
 * Gives a run what an earlier one of the same inputs made, where the cache has it; else runs, and keeps what it makes.
 * Trouble with the cache never fails a run.
 */
export async function runCached(context: RunContext, options: CachedRunOptions): Promise<RunResult> {
  const found = await options.findKey();
  if (!found.ok) {
    context.notice('warning', `Not cached, since ${found.error.reasons.join('; ')}`);
    return await options.execute(context);
  }
  const prefix = buildPrefix(context.request);
  const sought: Sought = { ...options, key: found.value, prefix, ref: `${prefix}/${found.value.key}` };
  return (await takeFromCache(context, sought)) ?? (await runAndKeep(context, sought));
}

async function takeFromCache(context: RunContext, sought: Sought): Promise<RunResult | undefined> {
  const { signal, notice } = context;
  const build = await sought.cache.find(sought.ref, { signal, onNotice: notice });
  if (build === undefined) return undefined;
  const unpacked = await unpackSound(context, build, sought);
  return unpacked && (await useBuild(context, { ...sought, build, unpacked }));
}

/** `undefined` where the build is damaged, which is told. */
async function unpackSound(
  context: RunContext,
  build: CachedBuild,
  { key, plan }: Sought,
): Promise<UnpackedBuild | undefined> {
  try {
    return await unpackBuild(context, build, { key: key.key, plan });
  } catch (error) {
    if (context.signal.aborted || !isDamage(error)) throw error;
    const hint = '`slipway cache fsck --repair` mends the cache';
    context.notice('warning', `What ${build.from} has for this build is damaged: ${error.message}; ${hint}`);
    return undefined;
  }
}

interface Hit extends Sought {
  readonly build: CachedBuild;
  readonly unpacked: UnpackedBuild;
}

/** From here on nothing is read from the cache any more. */
async function useBuild(context: RunContext, hit: Hit): Promise<RunResult> {
  const { build, unpacked, ref, key, plan } = hit;
  const { record, timeline, log, artifacts } = unpacked;
  const { runId, startedAt, durationMs } = record;
  const cachedFrom: CachedFrom = { runId, startedAt, durationMs, cache: build.from };
  const { commit } = build;
  context.emit({ type: 'cache-hit', at: Date.now(), ref, key: key.key, commit, from: cachedFrom });
  await hit.leaveFiles();
  for (const text of key.warnings) context.notice('warning', text);
  await replay(context, plan, { timeline, file: log });
  const links = new Map<string, number>();
  for (const step of [...plan.steps, ...plan.afterSteps]) linkStep(context, step, links);
  if (artifacts.length > 0) {
    await phase(context, 'store artifacts', async () => {
      for (const artifact of artifacts) await placeArtifact(context, artifact);
    });
  }
  await noteUse(context, build);
  const result: RunResult = { result: 'passed', runFolder: context.folder.run, cachedFrom };
  hit.onPassed?.(result);
  return result;
}

/** A cache that cannot be written to can be read from. */
async function noteUse({ notice }: RunContext, build: CachedBuild): Promise<void> {
  try {
    await build.touch();
  } catch (error) {
    if (!isTrouble(error)) throw error;
    notice('debug', `Not noted in the cache that it was used: ${error.message}`);
  }
}

async function runAndKeep(context: RunContext, sought: Sought): Promise<RunResult> {
  const { cache, plan, events, execute, ref, key } = sought;
  const { folder, request, redactor, signal, notice } = context;
  const reason = whyMissed(key, await newestBuild(sought));
  context.emit({ type: 'cache-miss', at: Date.now(), ref, key: key.key, reason });
  const log = join(folder.temporary, 'build.log');
  const startedAt = Date.now();
  const safeIds = [...plan.steps, ...plan.afterSteps].map(({ safeId }) => safeId);
  await using journal = openJournal({ file: log, events, safeIds, lines: cache.lines });
  const recorder = createEmitter(journal.events, redactor, request.runId);
  const result = await execute({ ...context, ...recorder });
  if (result.result !== 'passed' || signal.aborted) return result;
  const durationMs = Date.now() - startedAt;
  const recorded = await journal.close();
  const unfit = recorded.unfit ?? (await whyChanged(context, sought));
  if (unfit !== undefined) notice('warning', `Not kept in the cache: ${unfit}`);
  else await saveRun(context, { cache, ref, key, plan, recorded, log, startedAt, durationMs });
  return result;
}

const CHANGED = 'what the run depends on changed while it went on';

/** A build that was made while somebody edited its source is of neither the one nor the other. */
async function whyChanged(context: RunContext, { findKey, key }: Sought): Promise<string | undefined> {
  try {
    const now = await findKey();
    if (!now.ok || now.value.key !== key.key) return CHANGED;
    return (await isCopyOf(context, key.source)) ? undefined : CHANGED;
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    return `what the run depends on could not be looked at once more: ${failure.message}`;
  }
}

/** For words only: trouble with it is no trouble. */
async function newestBuild({ cache, prefix }: Sought): Promise<EarlierBuild | undefined> {
  try {
    const build = await cache.newest(prefix);
    if (build === undefined) return undefined;
    const [record, source] = await Promise.all([readBuildRecord(build), readBuildSource(build)]);
    return { record, source };
  } catch (error) {
    if (isTrouble(error)) return undefined;
    throw error;
  }
}
