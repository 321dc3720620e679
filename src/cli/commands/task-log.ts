import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { followRun, followTask } from '../tasks/follow-task.ts';
import { logNameOf } from '../tasks/log-name.ts';
import { createLogOutput } from '../tasks/log-output.ts';
import { askedRun, askedTask } from '../tasks/task-ids.ts';
import { withQueue } from '../tasks/with-queue.ts';

/** `slipway task log TASK` */
export async function taskLog(context: CommandContext): Promise<number> {
  const taskId = askedTask(context, 'task log');
  const asked = askedRun(context);
  return await withQueue(context, undefined, (queue, signal) =>
    show({ context, queue, taskId, asked, signal }),
  );
}

interface Showing {
  readonly context: CommandContext;
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly asked: number | undefined;
  readonly signal: AbortSignal;
}

/** Until the log ends, or nobody reads it any more. */
async function show(showing: Showing): Promise<number> {
  const left = new AbortController();
  const signal = AbortSignal.any([showing.signal, left.signal]);
  try {
    return await showLog({ ...showing, signal }, () => left.abort());
  } catch (error) {
    if (left.signal.aborted) return EXIT.passed;
    throw error;
  }
}

async function showLog(
  { context, queue, taskId, asked, signal }: Showing,
  onLeft: () => void,
): Promise<number> {
  const [task, { runs }] = await Promise.all([
    queue.task(taskId, { signal }),
    queue.status(taskId, { signal }),
  ]);
  const output = createLogOutput(context, taskId, onLeft);
  const logName = logNameOf(task);
  let shown = 0;
  const following = {
    queue,
    taskId,
    logName,
    signal,
    onBytes(bytes: Uint8Array, runId: number) {
      shown += bytes.length;
      return output.write(bytes, runId);
    },
  };
  const runId = asked ?? runs.length - 1;
  if (asked !== undefined && runs[asked] === undefined)
    throw new CommandError(`task ${taskId} has no run ${asked}: it has ${runs.length}`);
  if (!context.flags.on('follow')) {
    if (runs[runId]?.started === undefined)
      throw new CommandError(`task ${taskId} has not been started yet, so there is no log`);
    await followRun({ ...following, runId, follow: false });
  } else if (asked === undefined) await followTask(following);
  else await followRun({ ...following, runId: asked });
  await output.end(Math.max(0, runId));
  if (shown === 0) context.stderr.write(`There is no log ${logName} of this task.\n`);
  return EXIT.passed;
}
