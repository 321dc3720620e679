import type { Feature, TaskOutcome } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { ArtifactUploads } from './artifact-uploads.ts';
import { uploadDeclared } from './payload-artifact.ts';

/**
 * Uploads what the payload asks for out of the container that has ended, also where the task failed, but not where the
 * worker ended it.
 */
export const artifactsFeature: Feature = {
  name: 'artifacts',
  default: true,
  start: () => ({ name: 'artifacts', stopped: uploadDeclaredArtifacts }),
};

async function uploadDeclaredArtifacts(task: TaskContext, outcome: TaskOutcome): Promise<void> {
  const { containerId, endedEarly } = outcome;
  const declared = Object.entries(task.findings.payload?.artifacts ?? {});
  if (containerId === undefined || endedEarly !== undefined || declared.length === 0) return;
  const uploads = new ArtifactUploads(task, containerId, { signal: task.signal });
  await Promise.all(
    declared.map(([name, artifact]) => uploadDeclared(task, { name, artifact, containerId, uploads })),
  );
  uploads.finish();
}
