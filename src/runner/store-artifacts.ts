import {
  ArtifactError,
  artifactKey,
  type CollectedArtifacts,
  collectArtifacts,
  formatSize,
  listing,
} from '../artifacts/index.ts';
import type { Plan } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import { keepInStore, needsDigest } from './keep-in-store.ts';

const OUTPUT = '/pipeline/output';

/**
 * Keeps what the pipeline wrote to its output folder, or the source where it wrote nothing (contract:
 * docs/contracts/pipeline.md, "Artifacts"). Throws `ArtifactError`, and `RunError` for trouble with the store.
 */
export async function storeArtifacts(context: RunContext, container: string, plan: Plan): Promise<void> {
  const { notice, request } = context;
  const collected =
    (await collect(context, container, OUTPUT)) ?? (await collectSource(context, container, plan));
  if (collected === undefined) {
    notice('info', 'No artifacts found');
    return;
  }
  for (const line of listing(collected.files)) notice('debug', line);
  notice('debug', `Total artifact size: ${formatSize(collected.sizeBytes)}`);
  const { folder, tar, sizeBytes, files, facts } = collected;
  if (context.artifactStore?.destination !== undefined)
    notice('info', `Uploading file to ${context.artifactStore.destination}`);
  const named = { name: 'output', fileName: 'output.tar' };
  const key = artifactKey(request.application.id, request.runId);
  const stored = await keepInStore(context, { ...named, key, file: tar, facts });
  context.emit({
    type: 'artifact-stored',
    at: Date.now(),
    ...named,
    folder,
    tar,
    sizeBytes,
    files: files.length,
    ...stored,
  });
}

async function collectSource(
  context: RunContext,
  container: string,
  plan: Plan,
): Promise<CollectedArtifacts | undefined> {
  context.notice('info', `${OUTPUT} holds no file: the source is the artifact`);
  return await collect(context, container, plan.basePath);
}

async function collect(
  context: RunContext,
  container: string,
  path: string,
): Promise<CollectedArtifacts | undefined> {
  const { engine, folder, request, signal, redactor } = context;
  const tar = await engine.copyOut(container, path, { signal });
  if (tar === undefined) return undefined;
  try {
    return await collectArtifacts({
      tar,
      into: folder.run,
      limitBytes: request.limits.artifactBytes,
      digest: needsDigest(context),
      redact: redactor.text,
      signal,
    });
  } catch (error) {
    if (!(error instanceof ArtifactError) || error.code !== 'TOO_LARGE') throw error;
    const limit = Math.floor(request.limits.artifactBytes / 1024 ** 2);
    throw new ArtifactError('TOO_LARGE', `Size exceeds maximum size of ${limit}MB`, { cause: error });
  }
}
