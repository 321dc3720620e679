import { z } from 'zod';
import { REPORTED_REASONS } from '../status.ts';
import { PriorityWord } from './task.ts';
import { Identifier, Moment, ProjectId, Slugid, TaskQueueId, WorkerType } from './words.ts';

const RunState = z.enum(['pending', 'running', 'completed', 'failed', 'exception']);

export const RunId = z.int().min(0).max(1000);

export const TaskRun = z.strictObject({
  runId: RunId,
  state: RunState,
  reasonCreated: z.enum(['scheduled', 'retry', 'task-retry', 'rerun', 'exception']),
  reasonResolved: z
    .enum(['completed', 'failed', 'deadline-exceeded', 'canceled', 'claim-expired', ...REPORTED_REASONS])
    .exactOptional(),
  workerGroup: Identifier.exactOptional(),
  workerId: Identifier.exactOptional(),
  takenUntil: Moment.exactOptional(),
  scheduled: Moment,
  started: Moment.exactOptional(),
  resolved: Moment.exactOptional(),
});

export const TaskStatus = z.strictObject({
  taskId: Slugid,
  provisionerId: Identifier,
  workerType: WorkerType,
  taskQueueId: TaskQueueId,
  schedulerId: Identifier,
  projectId: ProjectId,
  taskGroupId: Slugid,
  priority: PriorityWord,
  deadline: Moment,
  expires: Moment,
  retriesLeft: z.int().min(0),
  state: z.enum(['unscheduled', ...RunState.options]),
  runs: z.array(TaskRun),
});
