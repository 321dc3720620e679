import { join } from 'node:path';
import { collectArtifacts, keepInFolder, stepArtifactKey } from '../artifacts/index.ts';
import type { RunContext } from './context.ts';
import { reportFolder } from './step-script.ts';

/** Keeps what a step left in its artifacts folder, also after it failed. Nothing there is fine. */
export async function collectStepArtifacts(
  context: RunContext,
  container: string,
  safeId: string,
): Promise<void> {
  const { request, engine, folder } = context;
  const tar = await engine.copyOut(container, `${reportFolder(safeId)}/artifacts`);
  if (tar === undefined) return;
  const into = join(folder.run, safeId);
  const collected = await collectArtifacts({ tar, into, limitBytes: request.limits.artifactBytes });
  if (collected === undefined || request.artifactStore === undefined) return;
  const key = stepArtifactKey(request.application.id, request.runId, safeId);
  await keepInFolder(collected.tar, { ...request.artifactStore, key });
}
