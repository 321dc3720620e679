import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { snappyFrames } from '../../archive/index.ts';
import { type ContentFacts, containerKey, formatSize } from '../../artifacts/index.ts';
import type { Box } from '../box.ts';
import { imageName } from '../commit.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { keepInStore } from '../keep-in-store.ts';
import { imageLabels } from '../labels.ts';
import { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';

const FILE = 'docker.tar.sz';

/** `internal/store-container`: the box as an image, in a file of its own among the run's artifacts. */
export const storeContainer: BuiltIn = {
  async run(context, box, run) {
    const { engine, request, folder } = context;
    const file = join(folder.temporary, `${run.step.safeId}.${FILE}`);
    const reference = imageName(context);
    await commitRunningBox(context, box, reference);
    try {
      const facts = await saveImage(context, run, { reference, file });
      const place = await keep(context, run, { file, facts });
      await print(context, `Stored the container ${reference} in ${place}`);
      await print(context, `Size ${formatSize(facts.sizeBytes)}, SHA-256 ${facts.sha256}`);
    } finally {
      await rm(file, { force: true });
      if (request.commit === undefined) await engine.removeImage(reference);
    }
    return PASSED;
  },
};

async function commitRunningBox(context: RunContext, box: Box, reference: string): Promise<void> {
  await context.engine.commitContainer(box.id, {
    reference,
    author: 'wercker',
    message: context.request.commit?.message ?? 'Build completed',
    labels: imageLabels(context.request.runId),
  });
}

interface Saving {
  readonly reference: string;
  readonly file: string;
}

type Facts = Required<Pick<ContentFacts, 'sizeBytes' | 'sha256' | 'crc32'>>;

/** Writes the image as `docker save` has it, compressed; returns what there is to know of the file. */
async function saveImage(
  { engine }: RunContext,
  { signal, touch }: BuiltInRun,
  { reference, file }: Saving,
): Promise<Facts> {
  const tar = await engine.saveImage(reference, { signal });
  if (tar === undefined) {
    throw new RunError({
      reason: 'step-failed',
      message: `the image ${reference} is gone before it was stored`,
    });
  }
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let sum = 0;
  const hashed = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of bytes) {
      hash.update(piece);
      sum = crc32(piece, sum);
      sizeBytes += piece.length;
      touch();
      yield piece;
    }
  };
  await pipeline(tar, snappyFrames, hashed, createWriteStream(file), { signal });
  return { sizeBytes, crc32: sum, sha256: hash.digest('hex') };
}

interface Saved {
  readonly file: string;
  readonly facts: Facts;
}

/** Into the artifact store where one was asked for, else into the run's folder. Returns where it is. */
async function keep(
  context: RunContext,
  { step, signal, touch }: BuiltInRun,
  { file, facts }: Saved,
): Promise<string> {
  const { request, folder, artifactStore, emit } = context;
  const named = { name: 'container', fileName: FILE, safeId: step.safeId };
  const key = containerKey(request.application.id, request.runId);
  const stored = await keepInStore({ ...context, signal }, { ...named, key, file, facts, onProgress: touch });
  if (stored !== undefined)
    emit({ type: 'artifact-stored', ...named, sizeBytes: facts.sizeBytes, ...stored });
  if (artifactStore?.destination !== undefined) return stored?.url ?? `${artifactStore.store.name}, ${key}`;
  const place = join(folder.run, FILE);
  await rename(file, place);
  return place;
}
