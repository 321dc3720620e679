import { join } from 'node:path';
import { collectArtifacts, stepArtifactKey } from '../artifacts/index.ts';
import type { RunContext } from './context.ts';
import { asFailure } from './failure.ts';
import { keepInStore, needsDigest } from './keep-in-store.ts';
import type { RunFailure } from './request.ts';
import { reportFolder } from './step-script.ts';

/**
 * Keeps what a step left in its artifacts folder, also after it failed. Nothing there is fine. Returns why it could not be
 * kept, where that is not for the engine.
 */
export async function keepStepArtifacts(
  context: RunContext,
  container: string,
  safeId: string,
): Promise<RunFailure | undefined> {
  try {
    await keep(context, container, safeId);
    return undefined;
  } catch (error) {
    if (context.signal.aborted) return { reason: 'interrupted', message: 'Interrupted' };
    const failure = asFailure(error);
    if (failure?.reason === 'artifacts') return failure;
    throw error;
  }
}

async function keep(context: RunContext, container: string, safeId: string): Promise<void> {
  const { request, engine, folder, redactor, emit } = context;
  const tar = await engine.copyOut(container, `${reportFolder(safeId)}/artifacts`);
  if (tar === undefined) return;
  const collected = await collectArtifacts({
    tar,
    into: join(folder.run, safeId),
    limitBytes: request.limits.artifactBytes,
    digest: needsDigest(context),
    redact: redactor.text,
  });
  if (collected === undefined) return;
  const fileName = 'output.tar';
  const stored = await keepInStore(context, {
    name: safeId,
    fileName,
    key: stepArtifactKey(request.application.id, request.runId, safeId),
    file: collected.tar,
    facts: collected.facts,
    safeId,
  });
  emit({
    type: 'artifact-stored',
    at: Date.now(),
    name: safeId,
    fileName,
    folder: collected.folder,
    tar: collected.tar,
    sizeBytes: collected.sizeBytes,
    files: collected.files.length,
    safeId,
    ...stored,
  });
}
