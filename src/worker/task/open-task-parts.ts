import { artifactsFeature } from '../artifacts/index.ts';
import { openCaches } from '../caches/index.ts';
import { createDevicePool } from '../features/devices/device-pool.ts';
import { createFeatureTable } from '../features/feature-table.ts';
import { createImageManager } from '../images/index.ts';
import { createPipelineRunner, type PipelineRunnerOptions } from '../pipeline/index.ts';
import type { WorkerSettings } from '../settings.ts';
import type { TaskParts } from '../work/task-parts.ts';
import { openTaskLog } from './log/open-task-log.ts';
import { createTaskRunner } from './run-task.ts';
import type { WorkerRecordWriter } from './task-context.ts';

export interface OpenTaskPartsOptions {
  readonly settings: WorkerSettings;
  readonly record: WorkerRecordWriter;
  /** How pipelines show what happens, and where their outputs go. Absent: the worker runs no pipelines. */
  readonly pipelines?: Omit<PipelineRunnerOptions, 'settings'>;
}

/**
 * Makes what a worker runs its tasks with; dispose it after the last one. Throws the system's error where the folder of its
 * caches cannot be made.
 */
export async function openTaskParts({
  settings,
  record,
  pipelines,
}: OpenTaskPartsOptions): Promise<TaskParts & AsyncDisposable> {
  const caches = await openCaches({ folder: settings.cacheFolder, record });
  const devices = createDevicePool({ enabled: settings.devices });
  const features = createFeatureTable({ artifacts: artifactsFeature, devices });
  const pipelineRunner = pipelines && createPipelineRunner({ ...pipelines, settings });
  const runTask = createTaskRunner({
    features,
    images: createImageManager(),
    caches,
    ...(pipelineRunner && { runPipeline: pipelineRunner.run }),
  });
  return {
    runTask,
    openLog: openTaskLog,
    caches,
    freeDevices: () => devices.free(),
    [Symbol.asyncDispose]: async () => await pipelineRunner?.[Symbol.asyncDispose](),
  };
}
