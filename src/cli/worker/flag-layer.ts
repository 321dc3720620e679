import { freemem } from 'node:os';
import { parseDuration } from '../../kernel/index.ts';
import { LAPTOP_ONLY } from '../../pipeline/index.ts';
import type { WorkerConfiguration } from '../../worker/index.ts';
import { UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';
import type { WorkerForm } from './form.ts';

const TEXTS = {
  provisionerId: 'provisioner-id',
  workerType: 'worker-type',
  workerGroup: 'worker-group',
  workerId: 'worker-id',
  workerNodeType: 'worker-node-type',
} as const;

/** As the early form assumed where nothing was said. */
const MEMORY_BYTES = 1_073_741_824;

/** As many as the free memory is enough for, and one at least. */
const capacityFor = (memoryBytes: number): number => Math.max(Math.ceil(freemem() / memoryBytes), 1);

/** What the command line says: stronger than everything else. Throws `UsageError`. */
export function flagLayer(flags: FlagValues): WorkerConfiguration {
  const texts = Object.entries(TEXTS).flatMap(([key, flag]) =>
    flags.given(flag) ? [[key, flags.required(flag)]] : [],
  );
  const queue = givenQueue(flags);
  const maxTasks = givenMaxTasks(flags);
  const capacity = givenCapacity(flags);
  const idle = idleShutdown(flags);
  const rootUrl = flags.given('root-url') ? flags.required('root-url') : undefined;
  return {
    ...(Object.fromEntries(texts) as WorkerConfiguration), // texts by the names that the table above gives them
    ...queue,
    ...(maxTasks !== undefined && { maxTasks }),
    ...(capacity !== undefined && { capacity }),
    ...(idle !== undefined && { shutdown: idle }),
    ...(rootUrl !== undefined && { rootUrl }),
    ...pipelineAllow(flags),
  };
}

/** `--queue PROVISIONER/TYPE`: both halves, whose own flags it excludes. */
function givenQueue(flags: FlagValues): Pick<WorkerConfiguration, 'provisionerId' | 'workerType'> {
  if (!flags.given('queue')) return {};
  const half = ['provisioner-id', 'worker-type'].find((name) => flags.given(name));
  if (half !== undefined) throw new UsageError(`--queue and --${half} exclude each other`);
  const [provisionerId, workerType, ...more] = flags.required('queue').split('/');
  if (provisionerId && workerType && more.length === 0) return { provisionerId, workerType };
  throw new UsageError(
    `--queue: expected PROVISIONER/TYPE such as local/docker, found "${flags.required('queue')}"`,
  );
}

function givenMaxTasks(flags: FlagValues): number | undefined {
  if (!flags.given('max-tasks')) return undefined;
  const tasks = Number(flags.required('max-tasks'));
  if (Number.isSafeInteger(tasks) && tasks > 0) return tasks;
  throw new UsageError(`--max-tasks: expected a number from 1, found "${flags.required('max-tasks')}"`);
}

/** The choices of the flag are those of the configuration. */
const pipelineAllow = (flags: FlagValues): Pick<WorkerConfiguration, 'pipeline'> =>
  flags.given('pipeline-allow')
    ? { pipeline: { allow: LAPTOP_ONLY.filter((what) => flags.all('pipeline-allow').includes(what)) } }
    : {};

/** Below everything that says a capacity. */
export const capacityLayer = (form: WorkerForm): WorkerConfiguration =>
  form.capacityByMemory ? { capacity: capacityFor(MEMORY_BYTES) } : {};

function givenCapacity(flags: FlagValues): number | undefined {
  if (flags.given('capacity')) {
    const capacity = Number(flags.required('capacity'));
    if (Number.isSafeInteger(capacity) && capacity >= 0) return capacity;
    throw new UsageError(`--capacity: expected a whole number, found "${flags.required('capacity')}"`);
  }
  const memory = flags.given('memory') ? flags.number('memory') : undefined;
  return memory === undefined ? undefined : capacityFor(memory);
}

function idleShutdown(flags: FlagValues): NonNullable<WorkerConfiguration['shutdown']> | undefined {
  const text = flags.given('idle-shutdown') ? flags.required('idle-shutdown') : undefined;
  if (text === undefined) return flags.on('shutdown') ? { enabled: true } : undefined;
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined || milliseconds <= 0)
    throw new UsageError(`--idle-shutdown: expected a time such as 90s, 10m or 2h, found "${text}"`);
  return { enabled: true, afterIdleSeconds: milliseconds / 1000 };
}
