import { z } from 'zod';
import { PRIORITIES } from '../task.ts';
import { AnyObject, Identifier, Moment, ProjectId, Scope, Slugid, TaskQueueId, WorkerType } from './words.ts';

const MAX_DEPENDENCIES = 10_000;
const MAX_ROUTES = 64;
const MAX_ROUTE_LENGTH = 249; // as a routing key has it, with `route.` before it
const MAX_RETRIES = 49;

export const PriorityWord = z.enum(PRIORITIES);

const isUnique = (items: readonly string[]): boolean => new Set(items).size === items.length;

const unique = <T extends z.ZodType<string>>(item: T, most: number) =>
  z.array(item).max(most).refine(isUnique, 'expected each only once');

export const TaskMetadata = z.strictObject({
  name: z.string().max(255),
  description: z.string().max(32_768),
  owner: z.string().max(255),
  source: z
    .string()
    .max(4096)
    .regex(
      /^(?:https?:\/\/|ssh:\/\/|git@)/,
      'expected an address that begins with https://, http://, ssh:// or git@',
    ),
});

const FIELDS = {
  provisionerId: Identifier,
  workerType: WorkerType,
  taskQueueId: TaskQueueId,
  schedulerId: Identifier,
  projectId: ProjectId,
  taskGroupId: Slugid,
  dependencies: unique(Slugid, MAX_DEPENDENCIES),
  requires: z.enum(['all-completed', 'all-resolved']),
  routes: unique(z.string().min(1).max(MAX_ROUTE_LENGTH), MAX_ROUTES),
  priority: PriorityWord,
  retries: z.int().min(0).max(MAX_RETRIES),
  created: Moment,
  deadline: Moment,
  expires: Moment,
  scopes: z.array(Scope),
  payload: AnyObject,
  metadata: TaskMetadata,
  tags: z.record(z.string(), z.string().max(4096)),
  extra: AnyObject,
};

/** A task as the queue keeps it. */
export const TaskDefinition = z.strictObject(FIELDS);

/** What createTask is sent. Defaults are the queue's to fill in. */
export const TaskRequest = z.strictObject({
  ...FIELDS,
  provisionerId: FIELDS.provisionerId.exactOptional(),
  workerType: FIELDS.workerType.exactOptional(),
  taskQueueId: FIELDS.taskQueueId.exactOptional(),
  schedulerId: FIELDS.schedulerId.exactOptional(),
  projectId: FIELDS.projectId.exactOptional(),
  taskGroupId: FIELDS.taskGroupId.exactOptional(),
  dependencies: FIELDS.dependencies.exactOptional(),
  requires: FIELDS.requires.exactOptional(),
  routes: FIELDS.routes.exactOptional(),
  priority: FIELDS.priority.exactOptional(),
  retries: FIELDS.retries.exactOptional(),
  expires: FIELDS.expires.exactOptional(),
  scopes: FIELDS.scopes.exactOptional(),
  tags: FIELDS.tags.exactOptional(),
  extra: FIELDS.extra.exactOptional(),
});
