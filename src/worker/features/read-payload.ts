import { ARTIFACT_NAME, type Json } from '../../queue-api/index.ts';
import { DEFAULT_LOG_NAME } from '../payload/index.ts';
import type { DeviceName } from '../settings.ts';
import type { TaskContext } from '../task/task-context.ts';

/**
 * What features read of a payload. They begin before it was checked, so that a refusal is in a log: what has the wrong
 * shape counts as absent here, and is refused by the check.
 */
const payloadOf = ({ claim }: Pick<TaskContext, 'claim'>): Readonly<Record<string, Json>> =>
  claim.task.payload;

function flags(value: Json | undefined): ReadonlyMap<string, boolean> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(
    Object.entries(value).flatMap(([name, flag]) =>
      typeof flag === 'boolean' ? [[name, flag] as const] : [],
    ),
  );
}

/** `payload.features`: names as they were written. */
export const requestedFeatures = (task: TaskContext): ReadonlyMap<string, boolean> =>
  flags(payloadOf(task)['features']);

/** `payload.capabilities` without its devices. */
export const requestedCapabilities = (task: TaskContext): ReadonlyMap<string, boolean> =>
  flags(payloadOf(task)['capabilities']);

/** `payload.capabilities.devices`. */
export function requestedDevices(task: Pick<TaskContext, 'claim'>): ReadonlyMap<string, boolean> {
  const capabilities = payloadOf(task)['capabilities'];
  if (typeof capabilities !== 'object' || capabilities === null || Array.isArray(capabilities))
    return new Map();
  return flags((capabilities as Readonly<Record<string, Json>>)['devices']); // an object: the other kinds are out
}

export const DEVICE_NAMES = ['loopbackVideo', 'loopbackAudio', 'hostSharedMemory', 'kvm'] as const;

export const isDeviceName = (name: string): name is DeviceName =>
  (DEVICE_NAMES as readonly string[]).includes(name);

/** The artifact name of the live log. */
export function logName(task: TaskContext): string {
  const name = payloadOf(task)['log'];
  return typeof name === 'string' && ARTIFACT_NAME.test(name) ? name : DEFAULT_LOG_NAME;
}

/** Whether the payload is a pipeline, which has no container of its own. */
export const isPipeline = (task: TaskContext): boolean => payloadOf(task)['pipeline'] !== undefined;

/** How long the container may run. */
export function maxRunTimeMs(task: TaskContext): number {
  const seconds = payloadOf(task)['maxRunTime'];
  return (
    (typeof seconds === 'number' && seconds >= 1 ? seconds : task.settings.defaultMaxRunTimeSeconds) * 1000
  );
}

/** `payload.encryptedEnv`: what of it is text. */
export function encryptedVariables(task: TaskContext): readonly string[] {
  const messages = payloadOf(task)['encryptedEnv'];
  if (!Array.isArray(messages)) return [];
  return messages.filter((message): message is string => typeof message === 'string');
}

/** Names in `payload.env`. */
export function plainVariables(task: TaskContext): ReadonlySet<string> {
  const env = payloadOf(task)['env'];
  return new Set(typeof env === 'object' && env !== null ? Object.keys(env) : []);
}
