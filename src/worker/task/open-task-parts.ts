import type { Claim } from '../../queue-api/index.ts';
import { artifactsFeature } from '../artifacts/index.ts';
import { openCaches } from '../caches/index.ts';
import { createDevicePool } from '../features/devices/device-pool.ts';
import { createFeatureTable } from '../features/feature-table.ts';
import { isDeviceName, requestedDevices } from '../features/read-payload.ts';
import { createImageManager } from '../images/index.ts';
import type { DeviceName, WorkerSettings } from '../settings.ts';
import type { TaskParts } from '../work/task-parts.ts';
import { openTaskLog } from './log/open-task-log.ts';
import type { RunPipelinePayload } from './pipeline-run.ts';
import { createTaskRunner } from './run-task.ts';
import type { WorkerRecordWriter } from './task-context.ts';

export interface OpenTaskPartsOptions {
  readonly settings: WorkerSettings;
  readonly record: WorkerRecordWriter;
  /** Absent: the worker runs no pipelines. */
  readonly runPipeline?: RunPipelinePayload;
}

const wantedDevices = (claim: Claim): readonly DeviceName[] =>
  [...requestedDevices({ claim })].flatMap(([name, isWanted]) =>
    isWanted && isDeviceName(name) ? [name] : [],
  );

/** Makes what a worker runs its tasks with. Throws the system's error where the folder of its caches cannot be made. */
export async function openTaskParts({
  settings,
  record,
  runPipeline,
}: OpenTaskPartsOptions): Promise<TaskParts> {
  const caches = await openCaches({ folder: settings.cacheFolder, record });
  const devices = createDevicePool({ enabled: settings.devices });
  const features = createFeatureTable({ artifacts: artifactsFeature, devices });
  const runTask = createTaskRunner({
    features,
    images: createImageManager(),
    caches,
    ...(runPipeline && { runPipeline }),
  });
  return {
    runTask,
    openLog: openTaskLog,
    caches,
    freeDevices: () => devices.free(),
    expectDevices: (claim) => devices.expect(wantedDevices(claim)),
  };
}
