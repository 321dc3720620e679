import type { CommandContext } from '../command.ts';
import { eachTask } from '../tasks/each-task.ts';
import { askedTasks } from '../tasks/task-ids.ts';

/** `slipway task rerun TASK...` */
export const taskRerun = (context: CommandContext): Promise<number> =>
  eachTask(context, askedTasks(context, 'task rerun'), (queue, taskId, signal) =>
    queue.rerunTask(taskId, { signal }),
  );
