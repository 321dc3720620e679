import { z } from 'zod';
import { ArtifactErrorReason, StorageType } from './requests.ts';
import { RunId, TaskStatus } from './status.ts';
import { PriorityWord, TaskDefinition } from './task.ts';
import { ArtifactName, Identifier, Moment, ProjectId, Slugid, TaskQueueId, WorkerType } from './words.ts';

const count = z.int().min(0);

/** A part of a list; the token is there where more follows. */
const page = <T extends z.core.$ZodShape>(shape: T) =>
  z.strictObject({ ...shape, continuationToken: z.string().exactOptional() });

export const StatusAnswer = z.strictObject({ status: TaskStatus });

const TaskAndStatus = z.strictObject({ status: TaskStatus, task: TaskDefinition });

export const TasksAnswer = page({ tasks: z.array(z.strictObject({ taskId: Slugid, task: TaskDefinition })) });

export const StatusesAnswer = page({
  statuses: z.array(z.strictObject({ taskId: Slugid, status: TaskStatus })),
});

const GROUP = {
  taskGroupId: Slugid,
  schedulerId: Identifier,
  expires: Moment,
  sealed: Moment.exactOptional(),
};

export const GroupAnswer = z.strictObject(GROUP);
export const GroupListAnswer = page({ ...GROUP, tasks: z.array(TaskAndStatus) });
export const DependentsAnswer = page({ taskId: Slugid, tasks: z.array(TaskAndStatus) });

export const CanceledGroupAnswer = z.strictObject({
  taskGroupId: Slugid,
  taskGroupSize: count,
  cancelledCount: count,
  taskIds: z.array(Slugid),
});

export const ChangedGroupAnswer = z.strictObject({
  taskGroupId: Slugid,
  schedulerId: Identifier,
  newPriority: PriorityWord,
  tasksAffected: count,
  taskIds: z.array(Slugid),
});

const CredentialsAnswer = z.strictObject({
  clientId: z.string(),
  accessToken: z.string(),
  certificate: z.string(),
});

export const ReclaimAnswer = z.strictObject({
  status: TaskStatus,
  runId: RunId,
  workerGroup: Identifier,
  workerId: Identifier,
  takenUntil: Moment,
  credentials: CredentialsAnswer,
});

export const ClaimAnswer = z.strictObject({ ...ReclaimAnswer.shape, task: TaskDefinition });
export const ClaimsAnswer = z.strictObject({ tasks: z.array(ClaimAnswer) });

export const CreatedArtifactAnswer = z.strictObject({
  storageType: StorageType,
  expires: Moment.exactOptional(),
  contentType: z.string().exactOptional(),
  putUrl: z.string().exactOptional(),
  name: z.string().exactOptional(),
  projectId: ProjectId.exactOptional(),
  uploadId: Slugid.exactOptional(),
  credentials: CredentialsAnswer.exactOptional(),
});

export const ArtifactRedirect = z.strictObject({ storageType: StorageType, url: z.string() });

export const ArtifactContentAnswer = z.union([
  z.strictObject({ storageType: z.enum(['s3', 'reference']), url: z.string() }),
  z.strictObject({ storageType: z.literal('object'), name: z.string(), credentials: CredentialsAnswer }),
  z.strictObject({ storageType: z.literal('error'), reason: ArtifactErrorReason, message: z.string() }),
]);

export const ListedArtifact = z.strictObject({
  storageType: StorageType,
  name: ArtifactName,
  expires: Moment,
  contentType: z.string(),
  contentLength: count.exactOptional(),
});

export const ArtifactsAnswer = page({ artifacts: z.array(ListedArtifact) });

const QUEUE = { provisionerId: Identifier, workerType: WorkerType, taskQueueId: TaskQueueId };

export const PendingAnswer = z.strictObject({ ...QUEUE, pendingTasks: count });
export const CountsAnswer = z.strictObject({ ...QUEUE, pendingTasks: count, claimedTasks: count });

const RUN_OF_TASK = { taskId: Slugid, runId: RunId, task: TaskDefinition };

export const PendingListAnswer = page({
  tasks: z.array(z.strictObject({ ...RUN_OF_TASK, inserted: Moment })),
});

export const ClaimedListAnswer = page({
  tasks: z.array(
    z.strictObject({ ...RUN_OF_TASK, claimed: Moment, workerGroup: Identifier, workerId: Identifier }),
  ),
});

const LIVING = {
  stability: z.enum(['experimental', 'stable', 'deprecated']),
  description: z.string(),
  expires: Moment,
  lastDateActive: Moment,
};
const NO_ACTIONS = z.array(z.never());

export const TaskQueueAnswer = z.strictObject({
  ...LIVING,
  ...QUEUE,
  actions: NO_ACTIONS,
});
export const TaskQueuesAnswer = page({ taskQueues: z.array(TaskQueueAnswer) });

export const ProvisionerAnswer = z.strictObject({
  ...LIVING,
  provisionerId: Identifier,
  actions: NO_ACTIONS,
});
export const ProvisionersAnswer = page({ provisioners: z.array(ProvisionerAnswer) });

export const WorkerTypesAnswer = page({ workerTypes: z.array(TaskQueueAnswer) });

const RunName = z.strictObject({ taskId: Slugid, runId: RunId });

const WORKER = {
  workerGroup: Identifier,
  workerId: Identifier,
  firstClaim: Moment,
  lastDateActive: Moment.exactOptional(),
  quarantineUntil: Moment.exactOptional(),
};

export const WorkersAnswer = page({
  workers: z.array(z.strictObject({ ...WORKER, latestTask: RunName.exactOptional() })),
});

export const WorkerAnswer = z.strictObject({
  ...QUEUE,
  ...WORKER,
  expires: Moment,
  recentTasks: z.array(RunName),
  quarantineDetails: z.array(
    z.strictObject({
      updatedAt: Moment,
      clientId: z.string(),
      quarantineUntil: Moment,
      quarantineInfo: z.string(),
    }),
  ),
  actions: NO_ACTIONS,
});

export const PingAnswer = z.strictObject({ alive: z.literal(true), uptime: z.number() });
export const NothingAnswer = z.strictObject({});
export const VersionAnswer = z.strictObject({
  source: z.string(),
  version: z.string(),
  commit: z.string(),
  build: z.string(),
});
