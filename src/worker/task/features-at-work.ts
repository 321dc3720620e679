import { type ActiveFeature, type ContainerAddition, TaskFailure, type TaskOutcome } from './feature.ts';
import { reasonOf } from './log-lines.ts';
import type { TaskContext } from './task-context.ts';

/** Starts all features for a run: what they want of its container. Throws `TaskFailure`. */
export async function linkFeatures(
  task: TaskContext,
  active: readonly ActiveFeature[],
): Promise<ContainerAddition[]> {
  const linked = await callAll(active, (feature) => feature.link?.(task));
  const created = await callAll(active, (feature) => feature.created?.(task));
  return [...linked, ...created].filter((addition) => addition !== undefined);
}

/** All at once: they do not depend on each other. What the first one throws is thrown when all are through. */
async function callAll<T>(
  active: readonly ActiveFeature[],
  call: (feature: ActiveFeature) => Promise<T> | undefined,
): Promise<(T | undefined)[]> {
  const settled = await Promise.allSettled(active.map(async (feature) => await call(feature)));
  return settled.map((each, index) => {
    if (each.status === 'fulfilled') return each.value;
    throw setUpFailure(active[index]?.name ?? '', each.reason);
  });
}

function setUpFailure(name: string, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const message = `Task was aborted because states could not be created successfully. ${name}: ${reasonOf(error)}`;
  return new TaskFailure(message, { cause: error, exception: 'internal-error' });
}

/** Something that went wrong after the container had ended. */
export interface Trouble {
  readonly feature: string;
  readonly error: unknown;
}

/** Calls a hook of all features at once and gathers what goes wrong: one that fails does not keep the others from it. */
export async function stopFeatures(
  task: TaskContext,
  active: readonly ActiveFeature[],
  { hook, outcome }: { readonly hook: 'stopped' | 'killed'; readonly outcome: TaskOutcome },
): Promise<Trouble[]> {
  const settled = await Promise.allSettled(
    active.map(async (feature) => await feature[hook]?.(task, outcome)),
  );
  return settled.flatMap((each, index) => {
    if (each.status === 'fulfilled') return [];
    const feature = active[index]?.name ?? '';
    task.record('feature error', { feature, hook, error: reasonOf(each.reason) });
    return [{ feature, error: each.reason }];
  });
}
