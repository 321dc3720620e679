import type { Attachment, ContainerSpec } from '../../engine/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { ActiveFeature, TaskOutcome } from './feature.ts';
import { reasonOf } from './log-lines.ts';
import type { Stop, StopSource } from './stop-source.ts';
import type { TaskContext } from './task-context.ts';
import { machineTrouble } from './worker-trouble.ts';

/** How long a container that was killed may take to end, where its disk or the engine is slow. */
const KILL_MS = 60_000;

export interface ContainerRun {
  readonly spec: ContainerSpec;
  readonly active: readonly ActiveFeature[];
  readonly stop: StopSource;
}

/** How a container ended, and what of the worker's own went wrong meanwhile. */
export interface ContainerEnd {
  readonly outcome: TaskOutcome;
  readonly failure?: unknown;
  /** It was killed and does not end: what it has is in use until it was removed. */
  readonly runsOn?: boolean;
}

/**
 * Makes the container of a task, takes its output into the log, and waits for its end, or makes one: after its time, when
 * the run is aborted, or when its output cannot be taken any more. The container stays.
 */
export async function runContainer(task: TaskContext, run: ContainerRun): Promise<ContainerEnd> {
  let containerId: string | undefined;
  let attachment: Attachment;
  try {
    containerId = await task.engine.createContainer(run.spec);
    attachment = await task.engine.attachContainer(containerId, { input: false, tty: true });
  } catch (error) {
    return notStarted(task, run, { error, containerId });
  }
  await using _ = attachment;
  if (run.stop.current !== undefined) return stoppedEnd(run.stop.current, containerId);
  try {
    await task.engine.startContainer(containerId);
  } catch (error) {
    return notStarted(task, run, { error, containerId });
  }
  return await waitForEnd(task, { run, containerId, attachment });
}

interface NotStarted {
  readonly error: unknown;
  readonly containerId: string | undefined;
}

function notStarted(
  task: TaskContext,
  { spec }: ContainerRun,
  { error, containerId }: NotStarted,
): ContainerEnd {
  task.log.error('Failure to properly start execution environment.');
  task.log.error(reasonOf(error));
  const trouble = machineTrouble(error);
  // It may have been made all the same.
  if (trouble === 'worker-shutdown' && containerId === undefined)
    void task.garbage.removeContainer(spec.name);
  const outcome = { success: false, exitCode: -1, ...(containerId !== undefined && { containerId }) };
  return trouble === undefined ? { outcome } : { outcome, failure: error };
}

interface Waiting {
  readonly run: ContainerRun;
  readonly containerId: string;
  readonly attachment: Attachment;
}

async function waitForEnd(
  task: TaskContext,
  { run, containerId, attachment }: Waiting,
): Promise<ContainerEnd> {
  const ended = task.engine.waitContainer(containerId);
  const printed = takeOutput(task, attachment);
  const failed = (failure: unknown): Stop => ({ why: 'failure', failure });
  const started = Promise.all(run.active.map(async (feature) => await feature.started?.(task, containerId)));
  // Each of them can be what ends it; none of them is waited for alone.
  const ending = await Promise.race([
    run.stop.stopped,
    Promise.all([ended, printed]).then(([{ exitCode }]) => exitCode, failed),
    new Promise<Stop>((resolve) => started.catch((error: unknown) => resolve(failed(error)))),
  ]);
  if (typeof ending !== 'number') {
    const hasEnded = await kill(task, { containerId, ended, printed });
    return { ...stoppedEnd(ending, containerId), runsOn: !hasEnded };
  }
  if (ending !== 0) await sayOutOfMemory(task, containerId);
  return { outcome: { success: ending === 0, exitCode: ending, containerId } };
}

function stoppedEnd(ending: Stop, containerId: string): ContainerEnd {
  const outcome = { success: false, exitCode: -1, containerId };
  if (ending.why === 'failure')
    return { outcome: { ...outcome, endedEarly: 'aborted' }, failure: ending.failure };
  return { outcome: { ...outcome, endedEarly: ending.why } };
}

async function takeOutput({ log }: TaskContext, attachment: Attachment): Promise<void> {
  for await (const { bytes } of attachment.output) await log.write(bytes);
}

async function sayOutOfMemory({ engine, log, settings }: TaskContext, containerId: string): Promise<void> {
  const container = await engine.inspectContainer(containerId);
  if (!container?.outOfMemory) return;
  const { memoryBytes } = settings;
  const limit = memoryBytes === undefined ? 'the machine has' : `it may have (${formatBytes(memoryBytes)})`;
  log.error(`The container took more memory than ${limit}: processes of it were killed.`);
}

interface Killing {
  readonly containerId: string;
  readonly ended: Promise<unknown>;
  readonly printed: Promise<unknown>;
}

/** Ends it without asking it, and says whether it has ended. One that does not is left to who removes it. */
async function kill(task: TaskContext, { containerId, ended, printed }: Killing): Promise<boolean> {
  const over = Promise.allSettled([ended, printed]).then(() => true);
  try {
    await task.engine.killContainer(containerId);
  } catch (error) {
    task.record('container kill error', { containerId, error: reasonOf(error) });
  }
  const given = Promise.withResolvers<false>();
  const timer = setTimeout(() => given.resolve(false), KILL_MS);
  const hasEnded = await Promise.race([over, given.promise]);
  clearTimeout(timer);
  if (!hasEnded) task.record('stale container', { containerId, waitedMs: KILL_MS });
  return hasEnded;
}
