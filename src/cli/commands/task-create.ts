import { newTaskId, type TaskRequest } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { followTask, untilTaskResolved } from '../tasks/follow-task.ts';
import { logNameOf } from '../tasks/log-name.ts';
import { createLogOutput } from '../tasks/log-output.ts';
import { exitCodeOf, shownState, shownTask } from '../tasks/shown-task.ts';
import { readTaskId } from '../tasks/task-ids.ts';
import { readTaskRequest } from '../tasks/task-request.ts';
import { withQueue } from '../tasks/with-queue.ts';

/** `slipway task create [FILE]`, or from flags. */
export async function taskCreate(context: CommandContext): Promise<number> {
  const { flags, stdout, program } = context;
  const id = flags.text('id');
  const taskId = id === undefined ? newTaskId() : readTaskId(id);
  const request = await readTaskRequest(context, Date.now());
  const leaves = `The task goes on: \`${program.name} task cancel ${taskId}\` ends it.`;
  return await withQueue(context, leaves, async (queue, signal) => {
    const { taskQueueId } = await queue.createTask(taskId, request, { signal });
    stdout.write(
      wantsJson(context)
        ? commandLine('task-created', { taskId, taskQueueId, rootUrl: queue.rootUrl })
        : `${taskId}\n`,
    );
    const following = { context, queue, taskId, request, signal };
    if (flags.on('follow')) return await untilEnd(following, true);
    return flags.on('wait') ? await untilEnd(following, false) : EXIT.passed;
  });
}

interface Following {
  readonly context: CommandContext;
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly request: TaskRequest;
  readonly signal: AbortSignal;
}

/** Ends as the task does. Ctrl-C leaves the task alone. */
async function untilEnd({ context, queue, taskId, request, signal }: Following, showLog: boolean) {
  const output = createLogOutput(context, taskId);
  const status = showLog
    ? await followTask({
        queue,
        taskId,
        logName: logNameOf(request),
        signal,
        onBytes: (bytes, runId) => output.write(bytes, runId),
      })
    : await untilTaskResolved(queue, taskId, signal);
  await output.end(status.runs.length - 1);
  if (wantsJson(context)) context.stdout.write(commandLine('task', shownTask(status)));
  else context.stderr.write(`${taskId}: ${shownState(status)}\n`);
  return exitCodeOf(status);
}
