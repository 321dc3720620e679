import { satisfies } from '../../auth/index.ts';
import { type ActiveFeature, type ContainerAddition, TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { DevicePool, TakenDevice } from './devices/device-pool.ts';
import { isDeviceName, requestedCapabilities, requestedDevices } from './read-payload.ts';

/**
 * `capabilities`: what a task's container may do beside the usual; `undefined` where the payload asks for nothing. What is
 * `false` is not asked for.
 */
export function capabilities(task: TaskContext, pool: DevicePool): ActiveFeature | undefined {
  const wanted = [...requestedCapabilities(task)].flatMap(([name, flag]) => (flag ? [name] : []));
  const devices = [...requestedDevices(task)].flatMap(([name, flag]) => (flag ? [name] : []));
  if (wanted.length === 0 && devices.length === 0) return undefined;
  const taken: TakenDevice[] = [];
  return {
    name: 'capabilities',
    async link() {
      if (wanted.includes('privileged')) allowPrivileged(task);
      if (wanted.includes('disableSeccomp')) demandScope(task, 'disableSeccomp', 'run without seccomp');
      for (const name of devices) taken.push(takeDevice(task, pool, name));
      return additionOf(wanted, taken);
    },
    killed() {
      for (const device of taken) device[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

function additionOf(wanted: readonly string[], taken: readonly TakenDevice[]): ContainerAddition {
  const folders = taken.flatMap(({ folder }) => folder ?? []);
  return {
    ...(wanted.includes('privileged') && { privileged: true }),
    ...(wanted.includes('disableSeccomp') && { securityOptions: ['seccomp=unconfined'] }),
    devices: taken.flatMap(({ files }) => files),
    mounts: folders.map((folder) => ({ source: folder, target: folder, readOnly: false })),
  };
}

const refused = (why: string): TaskFailure =>
  new TaskFailure(`Docker configuration could not be created. ${why}`);

/** Throws `TaskFailure` where the task has the scope neither for all pools nor for this one. */
function demandScope({ scopes, identity }: TaskContext, capability: string, what: string): void {
  const scope = `docker-worker:capability:${capability}`;
  if (satisfies(scopes, { AnyOf: [scope, `${scope}:${identity.taskQueueId}`] })) return;
  throw refused(
    `Insufficient scopes to ${what}. The task must have the scope ${scope} or ${scope}:${identity.taskQueueId} in task.scopes.`,
  );
}

function allowPrivileged(task: TaskContext): void {
  demandScope(task, 'privileged', 'run the task in privileged mode');
  if (!task.settings.allowPrivileged)
    throw refused('Cannot run the task in privileged mode: this worker does not allow privileged tasks.');
}

function takeDevice(task: TaskContext, pool: DevicePool, name: string): TakenDevice {
  if (!isDeviceName(name)) throw refused(`There is no device ${name}.`);
  demandScope(task, `device:${name}`, 'attach devices to the container of the task');
  if (!task.settings.devices[name]) throw refused(`This worker does not give tasks the device ${name}.`);
  const device = pool.take(name);
  if (device !== undefined) return device;
  throw new TaskFailure(
    `Docker configuration could not be created. No device ${name} is free on this worker.`,
    { exception: 'resource-unavailable' },
  );
}
