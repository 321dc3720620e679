import type { CommandContext } from '../command.ts';
import { eachTask } from '../tasks/each-task.ts';
import { askedTasks } from '../tasks/task-ids.ts';

/** `slipway task cancel TASK...` */
export const taskCancel = (context: CommandContext): Promise<number> =>
  eachTask(context, askedTasks(context, 'task cancel'), (queue, taskId, signal) =>
    queue.cancelTask(taskId, { signal }),
  );
