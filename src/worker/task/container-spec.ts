import type { ContainerSpec } from '../../engine/index.ts';
import type { CacheLease } from '../caches/index.ts';
import type { EnsuredImage } from '../images/index.ts';
import { plainPath, type TaskPayload } from '../payload/index.ts';
import { type ContainerAddition, TaskFailure } from './feature.ts';
import type { TaskContext } from './task-context.ts';

/** As much as browsers under test want. */
const SHM_BYTES = 1_800_000_000;

export interface SpecParts {
  readonly payload: TaskPayload;
  readonly image: EnsuredImage;
  readonly additions: readonly ContainerAddition[];
  readonly caches: readonly CacheLease[];
}

/** What the container of a task is to be. */
export function containerSpec(task: TaskContext, parts: SpecParts): ContainerSpec {
  const { settings, labels, taskId, runId } = task;
  const { image, additions } = parts;
  return {
    name: `slipway-task-${taskId}-${runId}`,
    image: image.id,
    labels,
    ...commandOf(parts),
    environment: environmentOf(task, parts),
    tty: true,
    keepLog: false,
    shmSizeBytes: SHM_BYTES,
    network: { name: networkOf(task, additions), aliases: [] },
    extraHosts: [
      'localhost.localdomain:127.0.0.1',
      ...additions.flatMap(({ extraHosts }) => extraHosts ?? []),
    ],
    mounts: [...cacheMounts(parts), ...additions.flatMap(({ mounts }) => mounts ?? [])],
    capabilitiesAdded: additions.flatMap(({ capabilitiesAdded }) => capabilitiesAdded ?? []),
    devices: additions.flatMap(({ devices }) => devices ?? []),
    securityOptions: additions.flatMap(({ securityOptions }) => securityOptions ?? []),
    ...(additions.some(({ privileged }) => privileged) && { privileged: true }),
    ...(task.cpuset !== undefined && { cpuset: task.cpuset }),
    ...(settings.pidsLimit !== undefined && { pidsLimit: settings.pidsLimit }),
    ...memoryOf(settings.memoryBytes),
  };
}

/** Without swap beside it: a task that takes too much is to end, not to make the machine slow. */
const memoryOf = (bytes: number | undefined): Pick<ContainerSpec, 'memoryBytes' | 'memorySwapBytes'> =>
  bytes === undefined ? {} : { memoryBytes: bytes, memorySwapBytes: bytes };

function commandOf({ payload, image, additions }: SpecParts): Pick<ContainerSpec, 'command' | 'entrypoint'> {
  const wraps = additions.flatMap(({ wrapCommand }) => wrapCommand ?? []);
  if (wraps.length === 0) return payload.command.length > 0 ? { command: payload.command } : {};
  const command = payload.command.length > 0 ? payload.command : image.command;
  const whole = [...image.entrypoint, ...command];
  return { entrypoint: [], command: wraps.reduce((words, wrap) => [...wrap(words)], whole) };
}

function networkOf({ network }: TaskContext, additions: readonly ContainerAddition[]): string {
  const [asked, ...others] = additions.flatMap(({ network: name }) => name ?? []);
  if (others.length > 0)
    throw new TaskFailure(
      'Docker configuration could not be created. Two features want a network of their own.',
    );
  return asked ?? network.name;
}

const cacheMounts = ({ payload, caches }: SpecParts): NonNullable<ContainerSpec['mounts']> =>
  caches.map(({ name, folder }) => ({
    source: folder,
    target: plainPath(payload.cache[name] ?? ''),
    readOnly: false,
  }));

/** Weakest first: what features give, what the payload says, what no task can change. */
export function environmentOf(
  task: TaskContext,
  { payload, additions }: Pick<SpecParts, 'payload' | 'additions'>,
): string[] {
  const variables = new Map<string, string>();
  for (const { environment = {} } of additions) set(variables, environment);
  set(variables, payload.env);
  set(variables, reservedVariables(task));
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

function set(variables: Map<string, string>, more: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(more)) variables.set(name, value);
}

function reservedVariables({ taskId, runId, claim, identity, queue }: TaskContext): Record<string, string> {
  const { cloud, region, availabilityZone } = identity;
  return {
    TASK_ID: taskId,
    RUN_ID: String(runId),
    TASK_GROUP_ID: claim.task.taskGroupId,
    TASKCLUSTER_ROOT_URL: queue.publicUrl,
    TASKCLUSTER_WORKER_POOL: identity.taskQueueId,
    TASKCLUSTER_WORKER_TYPE: identity.workerType,
    TASKCLUSTER_WORKER_GROUP: identity.workerGroup,
    TASKCLUSTER_INSTANCE_TYPE: identity.workerNodeType,
    TASKCLUSTER_PUBLIC_IP: identity.publicIp,
    ...(cloud !== undefined && {
      TASKCLUSTER_WORKER_LOCATION: JSON.stringify({ cloud, region, availabilityZone }),
    }),
  };
}
