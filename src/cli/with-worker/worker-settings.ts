import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { CommandContext } from '../command.ts';
import { dataFolder } from '../data-folder.ts';
import { UsageError } from '../exit-code.ts';

/** What flags and configuration say of the worker beside a server. */
export interface BesideWorkerSettings {
  /** `PROVISIONER/TYPE` */
  readonly taskQueueId: string;
  /** As text, for its command line. */
  readonly capacity: string;
  readonly workerGroup: string;
  /** The same at each start on this machine with this data folder, so that it finds what it left. */
  readonly workerId: string;
  /** Further words for its command line: where the engine is. */
  readonly engineWords: readonly string[];
}

const QUEUE = /^[a-zA-Z0-9_-]{1,38}\/[a-z]([-a-z0-9]{0,36}[a-z0-9])?$/;
const MAX_CAPACITY = 1000;

const WORKER_FLAGS = ['worker-queue', 'worker-capacity'] as const;

/**
 * `undefined`: the server is to have none; a configuration may say what one would be like, `typed` flags may not. Throws
 * `UsageError`.
 */
export function readBesideWorker(
  context: CommandContext,
  hasQueue: boolean,
  typed: CommandContext['flags'],
): BesideWorkerSettings | undefined {
  const { flags } = context;
  if (!flags.on('with-worker')) {
    const idle = WORKER_FLAGS.find((name) => typed.given(name));
    if (idle === undefined) return undefined;
    throw new UsageError(`--${idle} is for the worker beside the server: add --with-worker`);
  }
  if (!hasQueue)
    throw new UsageError(
      '--with-worker and --no-tasks exclude each other: it takes its tasks from the queue',
    );
  const taskQueueId = flags.required('worker-queue');
  if (!QUEUE.test(taskQueueId))
    throw new UsageError(
      `--worker-queue: expected PROVISIONER/TYPE such as local/docker, found "${taskQueueId}"`,
    );
  const capacity = flags.required('worker-capacity');
  if (!/^[1-9]\d{0,3}$/.test(capacity) || Number(capacity) > MAX_CAPACITY)
    throw new UsageError(
      `--worker-capacity: expected a number from 1 to ${MAX_CAPACITY}, found "${capacity}"`,
    );
  return {
    taskQueueId,
    capacity,
    workerGroup: 'server',
    workerId: ownWorkerId(context),
    engineWords: engineWords(flags),
  };
}

/** Two servers of one machine have two data folders. */
function ownWorkerId({ environment, currentFolder }: CommandContext): string {
  const folder = dataFolder(environment, currentFolder);
  const mark = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return `${hostname()
    .replace(/[^a-zA-Z0-9_-]/g, '-')
    .slice(0, 29)}-${mark}`;
}

const ENGINE_FLAGS = ['docker-host', 'docker-tls-verify', 'docker-cert-path'] as const;

/** What variables say of the engine the worker reads itself. */
const engineWords = (flags: CommandContext['flags']): string[] =>
  ENGINE_FLAGS.flatMap((name) => (flags.given(name) ? [`--${name}`, flags.required(name)] : []));
