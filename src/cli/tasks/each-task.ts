import type { TaskStatus } from '../../queue-api/index.ts';
import { type QueueClient, QueueClientError } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { shownState, shownTask } from './shown-task.ts';
import { withQueue } from './with-queue.ts';

/** Does one thing to each of some tasks; that one of them fails is said, and keeps no other from it. */
export async function eachTask(
  context: CommandContext,
  taskIds: readonly string[],
  change: (queue: QueueClient, taskId: string, signal: AbortSignal) => Promise<TaskStatus>,
): Promise<number> {
  const { stdout, stderr } = context;
  const failures: unknown[] = [];
  const changeOne = async (queue: QueueClient, taskId: string, signal: AbortSignal): Promise<void> => {
    try {
      const status = await change(queue, taskId, signal);
      stdout.write(
        wantsJson(context) ? commandLine('task', shownTask(status)) : `${taskId}: ${shownState(status)}\n`,
      );
    } catch (error) {
      if (!(error instanceof QueueClientError) || error.status === undefined) throw error; // nobody answers
      failures.push(error);
      if (taskIds.length > 1) stderr.write(`${taskId}: ${error.message}\n`);
    }
  };
  await withQueue(context, undefined, async (queue, signal) => {
    for (const taskId of taskIds) await changeOne(queue, taskId, signal);
  });
  if (failures.length > 0 && taskIds.length === 1) throw failures[0];
  return failures.length > 0 ? EXIT.failed : EXIT.passed;
}
