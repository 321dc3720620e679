import type { Engine } from '../../engine/index.ts';
import type { Owner } from '../../kernel/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { Telemetry } from '../../telemetry/index.ts';
import type { TaskGarbage } from '../garbage/task-garbage.ts';
import type { WorkerIdentity } from '../identity.ts';
import type { WorkerSettings } from '../settings.ts';
import type { TaskContext, WorkerRecordWriter } from '../task/task-context.ts';
import type { ClaimClock } from './claim-clock.ts';
import type { CorePool } from './core-pool.ts';
import type { StopSwitch } from './stop.ts';
import type { TaskParts } from './task-parts.ts';

/** What all runs of a worker share. */
export interface WorkerScope {
  readonly identity: WorkerIdentity;
  readonly settings: WorkerSettings;
  readonly engine: Engine;
  /** Signs with the worker's own credentials. */
  readonly queue: QueueClient;
  readonly parts: TaskParts;
  readonly garbage: TaskGarbage;
  readonly network: TaskContext['network'];
  readonly owner: Owner;
  /** The folder of this process's runs. */
  readonly folder: string;
  readonly clock: ClaimClock;
  readonly stop: StopSwitch;
  /** Absent: tasks have all cores. */
  readonly cores?: CorePool;
  readonly record: WorkerRecordWriter;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}
