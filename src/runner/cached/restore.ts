import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  artifactKey,
  type CollectedArtifacts,
  collectArtifacts,
  stepArtifactKey,
} from '../../artifacts/index.ts';
import type { Plan } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import { keepInStore } from '../keep-in-store.ts';
import type { CachedBuild } from './build-cache.ts';
import { DamagedBuildError } from './damaged-build.ts';
import { MAX_LOG_BYTES } from './journal.ts';
import { readBuildRecord, readNeeded, readRecipe, readTimeline } from './read-build.ts';
import {
  artifactPlace,
  type CachedArtifact,
  type CachedRecord,
  PLACE,
  type TimelineEntry,
} from './record.ts';
import { followRecipe, MAX_REST_BYTES } from './tar-recipe.ts';

/** An artifact that is unpacked beside the run's folder, and found to be what it was. */
export interface UnpackedArtifact {
  readonly safeId?: string;
  readonly collected: CollectedArtifacts;
}

/** All of a cached build on this machine, checked; nobody sees anything of it yet. */
export interface UnpackedBuild {
  readonly record: CachedRecord;
  readonly timeline: readonly TimelineEntry[];
  readonly log: string;
  readonly artifacts: readonly UnpackedArtifact[];
}

export interface UnpackOptions {
  readonly key: string;
  readonly plan: Plan;
}

/**
 * Unpacks a cached build beside the run's folder and checks all of it: each file's digest, and that of every tar. Throws
 * `DamagedBuildError`, `CacheError` and `ArtifactError`.
 */
export async function unpackBuild(
  context: RunContext,
  build: CachedBuild,
  { key, plan }: UnpackOptions,
): Promise<UnpackedBuild> {
  const into = join(context.folder.temporary, 'cached');
  await rm(into, { recursive: true, force: true });
  await mkdir(into, { recursive: true });
  const record = await readBuildRecord(build);
  const steps = [...plan.steps, ...plan.afterSteps];
  if (record.key !== key) throw new DamagedBuildError('it says that it was made from other inputs');
  if (record.steps !== steps.length) throw new DamagedBuildError('it says that it has other steps');
  const timeline = await readTimeline(build);
  const log = join(into, 'build.log');
  await copyLog(build, log);
  const artifacts: UnpackedArtifact[] = [];
  for (const artifact of record.artifacts) {
    const collected = await unpackArtifact(context, build, { artifact, into });
    const step = artifact.step === undefined ? undefined : steps[artifact.step];
    if (artifact.step !== undefined && step === undefined) throw new DamagedBuildError('it has other steps');
    artifacts.push({ collected, ...(step !== undefined && { safeId: step.safeId }) });
  }
  return { record, timeline, log, artifacts };
}

/** A log with a whole event more than its bound is still one that was kept. */
const MAX_COPIED_BYTES = 2 * MAX_LOG_BYTES;

async function copyLog(build: CachedBuild, to: string): Promise<void> {
  const content = await build.open(PLACE.log);
  if (content === undefined) throw new DamagedBuildError(`${PLACE.log} is not there`);
  async function* bounded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let bytes = 0;
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > MAX_COPIED_BYTES)
        throw new DamagedBuildError(`${PLACE.log} is larger than any log that is kept`);
      yield piece;
    }
  }
  await pipeline(bounded(content), createWriteStream(to));
}

/** The way of a tar from a box, with the cache in the place of the engine: what that checks is checked here too. */
async function unpackArtifact(
  { request, redactor, signal }: RunContext,
  build: CachedBuild,
  { artifact, into }: { readonly artifact: CachedArtifact; readonly into: string },
): Promise<CollectedArtifacts> {
  const place = artifactPlace(artifact.step);
  const recipe = await readRecipe(build, place.recipe);
  const rest = await readNeeded(build, place.rest, MAX_REST_BYTES);
  const source = keepTrouble(followRecipe(build, { recipe, rest, folder: place.folder }));
  try {
    const collected = await collectArtifacts({
      tar: source.stream,
      into: join(into, `${artifact.step ?? 'output'}`),
      limitBytes: request.limits.artifactBytes,
      digest: true,
      redact: redactor.text,
      signal,
    });
    if (collected?.facts.sha256 === artifact.sha256) return collected;
  } catch (error) {
    throw source.trouble() ?? error;
  }
  throw new DamagedBuildError('an artifact is not what it was when it was kept');
}

/** Whoever reads an archive says what became of it, and not why its source broke off. */
function keepTrouble(source: AsyncIterable<Buffer>) {
  let trouble: unknown;
  async function* stream(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* source;
    } catch (error) {
      trouble = error;
      throw error;
    }
  }
  return { stream: stream(), trouble: () => trouble };
}

/** Puts an unpacked artifact where the run would have left it, stores it as the run would have, and tells of it. */
export async function placeArtifact(context: RunContext, artifact: UnpackedArtifact): Promise<void> {
  const { folder, request, emit, artifactStore, notice } = context;
  const { safeId, collected } = artifact;
  const into = safeId === undefined ? folder.run : join(folder.run, safeId);
  const tar = join(into, 'output.tar');
  const unpacked = join(into, 'output');
  await mkdir(into, { recursive: true });
  await Promise.all([rm(tar, { force: true }), rm(unpacked, { recursive: true, force: true })]);
  await rename(collected.tar, tar);
  await rename(collected.folder, unpacked);
  const { id } = request.application;
  const named = { name: safeId ?? 'output', fileName: 'output.tar' };
  const ofStep = safeId === undefined ? {} : { safeId };
  const key =
    safeId === undefined ? artifactKey(id, request.runId) : stepArtifactKey(id, request.runId, safeId);
  const { facts, sizeBytes, files } = collected;
  if (safeId === undefined && artifactStore?.destination !== undefined)
    notice('info', `Uploading file to ${artifactStore.destination}`);
  const stored = await keepInStore(context, { ...named, key, file: tar, facts, ...ofStep });
  emit({
    type: 'artifact-stored',
    at: Date.now(),
    ...named,
    folder: unpacked,
    tar,
    sizeBytes,
    files: files.length,
    ...ofStep,
    ...stored,
  });
}
