import type { TaskDefinition, TaskStatus } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { formatAge } from '../render/age.ts';
import { tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { shownState, shownTask, taskTitle } from '../tasks/shown-task.ts';
import { askedQueue, readTaskId } from '../tasks/task-ids.ts';
import { withQueue } from '../tasks/with-queue.ts';

interface Listed {
  readonly status: TaskStatus;
  readonly task: TaskDefinition;
}

const COLUMNS = [
  { title: 'TASK' },
  { title: 'STATE' },
  { title: 'QUEUE' },
  { title: 'CREATED', align: 'right' },
  { title: 'NAME' },
] as const;

const FILTERS = ['state', 'queue', 'group'] as const;

/** `slipway task list` */
export async function taskList(context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const tasks = await withQueue(context, undefined, (queue, signal) => listed(context, queue, signal));
  if (wantsJson(context))
    for (const { status, task } of tasks) stdout.write(commandLine('task', shownTask(status, task)));
  else if (tasks.length > 0) stdout.write(`${table(tasks).join('\n')}\n`);
  if (tasks.length === 0) stderr.write(`${noneText(context)}\n`);
  return EXIT.passed;
}

/** A server that has no task yet is no mistake of who asks. */
const noneText = ({ flags }: CommandContext): string =>
  FILTERS.some((name) => flags.text(name) !== undefined)
    ? 'There is no such task.'
    : 'There is no task yet. `slipway task create` makes one.';

async function listed(
  context: CommandContext,
  queue: QueueClient,
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  const { flags } = context;
  const limit = Math.ceil(flags.number('limit') ?? 50);
  const state = flags.text('state');
  const taskQueueId = askedQueue(context);
  const group = flags.text('group');
  if (group === undefined) {
    const filter = {
      limit,
      ...(state !== undefined && { state }),
      ...(taskQueueId !== undefined && { taskQueueId }),
    };
    return await queue.listTasks(filter, { signal });
  }
  const found: Listed[] = [];
  for await (const each of queue.listGroup(readTaskId(group, 'a task group'), { signal })) {
    if (state !== undefined && each.status.state !== state) continue;
    if (taskQueueId !== undefined && each.status.taskQueueId !== taskQueueId) continue;
    found.push(each);
    if (found.length === limit) break;
  }
  return found;
}

function table(tasks: readonly Listed[]): string[] {
  const now = Date.now();
  const rows = tasks.map(({ status, task }) => [
    { text: status.taskId },
    { text: shownState(status) },
    { text: status.taskQueueId },
    { text: formatAge(Date.parse(task.created), now) },
    { text: taskTitle(task) },
  ]);
  return tableLines(COLUMNS, rows);
}
