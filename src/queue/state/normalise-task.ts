import type { TaskDefinition, TaskRequest } from '../../queue-api/index.ts';
import { QueueError } from '../error.ts';
import { iso } from './task-record.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How far clients' clocks may be off. */
const TOLERANCE_MS = 15 * MINUTE_MS;
const EXPIRES_AFTER_MS = 365 * DAY_MS;

const refuse = (message: string): never => {
  throw new QueueError('InputError', message);
};

function moment(name: string, text: string): number {
  const value = Date.parse(text);
  return Number.isNaN(value) ? refuse(`"${name}" is no date: expected one in ISO 8601`) : value;
}

function queueOf({ taskQueueId, provisionerId, workerType }: TaskRequest): readonly [string, string] {
  const parts = taskQueueId?.split('/') ?? [provisionerId, workerType];
  const [provisioner, type] = parts;
  if (provisioner === undefined || type === undefined || parts.length !== 2) {
    return refuse(
      'A task needs "taskQueueId", as provisionerId/workerType, or both of its parts on their own',
    );
  }
  if ((provisionerId ?? provisioner) !== provisioner || (workerType ?? type) !== type) {
    refuse(
      `"taskQueueId" is ${taskQueueId}, and "provisionerId" and "workerType" say otherwise: leave one out`,
    );
  }
  return [provisioner, type];
}

/** Fills in what was left out, and writes moments in one way. Throws `InputError` where that cannot be done. */
export function normaliseTask(taskId: string, request: TaskRequest): TaskDefinition {
  const [provisionerId, workerType] = queueOf(request);
  const deadline = moment('deadline', request.deadline);
  const expires =
    request.expires === undefined ? deadline + EXPIRES_AFTER_MS : moment('expires', request.expires);
  return {
    provisionerId,
    workerType,
    taskQueueId: `${provisionerId}/${workerType}`,
    schedulerId: request.schedulerId ?? '-',
    projectId: request.projectId ?? 'none',
    taskGroupId: request.taskGroupId ?? taskId,
    dependencies: request.dependencies ?? [],
    requires: request.requires ?? 'all-completed',
    routes: request.routes ?? [],
    priority: request.priority ?? 'lowest',
    retries: request.retries ?? 5,
    created: iso(moment('created', request.created)),
    deadline: iso(deadline),
    expires: iso(expires),
    scopes: request.scopes ?? [],
    payload: request.payload,
    metadata: request.metadata,
    tags: request.tags ?? {},
    extra: request.extra ?? {},
  };
}

interface Limits {
  readonly now: number;
  readonly deadlineLimitMs: number;
  readonly dependencyLimit: number;
}

const tell = (milliseconds: number): string => `${Math.round(milliseconds / MINUTE_MS)} minutes`;

/** The rules for a task that is new. Throws `InputError`. */
export function checkNewTask(task: TaskDefinition, { now, deadlineLimitMs, dependencyLimit }: Limits): void {
  const [created, deadline, expires] = [task.created, task.deadline, task.expires].map(Date.parse) as [
    number,
    number,
    number,
  ]; // three in, three out
  const server = `the server's time, ${iso(now)}`;
  if (Math.abs(created - now) > TOLERANCE_MS) {
    refuse(`"created" is ${task.created}: it has to be within ${tell(TOLERANCE_MS)} of ${server}`);
  }
  if (deadline <= created)
    refuse(`"deadline" is ${task.deadline}: it has to be after "created", ${task.created}`);
  if (deadline <= now) refuse(`"deadline" is ${task.deadline}: it has to be after ${server}`);
  const latest = now + deadlineLimitMs + TOLERANCE_MS;
  if (deadline > latest) refuse(`"deadline" is ${task.deadline}: it can be at most ${iso(latest)}`);
  if (expires < deadline)
    refuse(`"expires" is ${task.expires}: it cannot be before "deadline", ${task.deadline}`);
  if (task.dependencies.length > dependencyLimit) {
    refuse(`A task may have ${dependencyLimit} dependencies, and this one has ${task.dependencies.length}`);
  }
  if (new Set(task.dependencies).size < task.dependencies.length) refuse('"dependencies" names a task twice');
}
