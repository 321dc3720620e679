import { ask } from './ask.ts';
import { QUEUE_API, type TaskDefinition, type TaskStatus } from './tasks.ts';

/** An artifact of a task's run, as the Queue API lists it. */
export interface TaskArtifact {
  readonly storageType: 's3' | 'object' | 'reference' | 'link' | 'error';
  readonly name: string;
  readonly expires: string;
  readonly contentType: string;
  readonly contentLength?: number;
}

/** A task: what it is to do, and how far it is. */
export interface WholeTask {
  readonly task: TaskDefinition;
  readonly status: TaskStatus;
}

const pathOf = (taskId: string): string => `${QUEUE_API}/task/${encodeURIComponent(taskId)}`;
const runPathOf = (taskId: string, runId: number): string => `${pathOf(taskId)}/runs/${runId}`;

const definitions = new Map<string, TaskDefinition>();
const MAX_DEFINITIONS = 100;

/** A task; what it is to do never changes, and is asked for once. */
export async function getTask(taskId: string, signal?: AbortSignal): Promise<WholeTask> {
  const known = definitions.get(taskId);
  const [task, { status }] = await Promise.all([
    known ?? ask<TaskDefinition>(pathOf(taskId), { signal }),
    ask<{ readonly status: TaskStatus }>(`${pathOf(taskId)}/status`, { signal }),
  ]);
  if (definitions.size >= MAX_DEFINITIONS) definitions.clear();
  definitions.set(taskId, task);
  return { task, status };
}

const MAX_ARTIFACTS = 1000;

/** Artifacts of a run, at most a thousand. */
export async function listTaskArtifacts(
  taskId: string,
  runId: number,
  signal?: AbortSignal,
): Promise<{ readonly artifacts: readonly TaskArtifact[]; readonly hasMore: boolean }> {
  const { artifacts, continuationToken } = await ask<{
    readonly artifacts: readonly TaskArtifact[];
    readonly continuationToken?: string;
  }>(`${runPathOf(taskId, runId)}/artifacts`, { query: { limit: MAX_ARTIFACTS }, signal });
  return { artifacts, hasMore: continuationToken !== undefined };
}

/** Where the bytes of an artifact are: its slashes are part of its name. */
export const artifactHref = (taskId: string, runId: number, name: string): string =>
  `${runPathOf(taskId, runId)}/artifacts/${encodeURIComponent(name)}`;

/** Ends what a task does, or keeps it from beginning. */
export const cancelTask = (taskId: string): Promise<unknown> =>
  ask(`${pathOf(taskId)}/cancel`, { method: 'POST', isRepeatable: true });

/** Runs a task that has ended once more. */
export const rerunTask = (taskId: string): Promise<unknown> =>
  ask(`${pathOf(taskId)}/rerun`, { method: 'POST', isRepeatable: true });

/** Lets a task begin that waits for others, or for this. */
export const scheduleTask = (taskId: string): Promise<unknown> =>
  ask(`${pathOf(taskId)}/schedule`, { method: 'POST', isRepeatable: true });
