import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { snappyFrames } from '../../archive/index.ts';
import { containerKey, formatSize, keepInFolder } from '../../artifacts/index.ts';
import type { Box } from '../box.ts';
import { imageName } from '../commit.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
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
      const sha256 = await saveImage(context, run, { reference, file });
      const { size } = await stat(file);
      const place = await keep(context, file);
      await print(context, `Stored the container ${reference} in ${place}`);
      await print(context, `Size ${formatSize(size)}, SHA-256 ${sha256}`);
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

/** Writes the image as `docker save` has it, compressed; returns the SHA-256 of the file. */
async function saveImage(
  { engine }: RunContext,
  { signal, touch }: BuiltInRun,
  { reference, file }: Saving,
): Promise<string> {
  const tar = await engine.saveImage(reference, { signal });
  if (tar === undefined) {
    throw new RunError({
      reason: 'step-failed',
      message: `the image ${reference} is gone before it was stored`,
    });
  }
  const hash = createHash('sha256');
  const hashed = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of bytes) {
      hash.update(piece);
      touch();
      yield piece;
    }
  };
  await pipeline(tar, snappyFrames, hashed, createWriteStream(file), { signal });
  return hash.digest('hex');
}

/** Into the artifact store where there is one, else into the run's folder. Returns where it is. */
async function keep({ request, folder }: RunContext, file: string): Promise<string> {
  const { artifactStore, application, runId } = request;
  if (artifactStore !== undefined) {
    return await keepInFolder(file, { ...artifactStore, key: containerKey(application.id, runId) });
  }
  const place = join(folder.run, FILE);
  await rename(file, place);
  return place;
}
