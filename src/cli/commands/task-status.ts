import type { TaskDefinition, TaskStatus } from '../../queue-api/index.ts';
import type { CommandContext } from '../command.ts';
import { formatAge } from '../render/age.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { untilTaskResolved } from '../tasks/follow-task.ts';
import { exitCodeOf, shownState, shownTask, taskTitle } from '../tasks/shown-task.ts';
import { askedTask } from '../tasks/task-ids.ts';
import { withQueue } from '../tasks/with-queue.ts';

/** `slipway task status TASK` */
export async function taskStatus(context: CommandContext): Promise<number> {
  const taskId = askedTask(context, 'task status');
  const mustEnd = context.flags.on('wait');
  const { task, status } = await withQueue(context, undefined, async (queue, signal) => ({
    task: await queue.task(taskId, { signal }),
    status: mustEnd ? await untilTaskResolved(queue, taskId, signal) : await queue.status(taskId, { signal }),
  }));
  context.stdout.write(
    wantsJson(context) ? commandLine('task', shownTask(status, task)) : `${taskText(status, task)}\n`,
  );
  return mustEnd ? exitCodeOf(status) : 0;
}

const RUN_COLUMNS = [
  { title: 'RUN' },
  { title: 'STATE' },
  { title: 'WORKER' },
  { title: 'STARTED', align: 'right' },
  { title: 'RAN', align: 'right' },
] as const;

function taskText(status: TaskStatus, task: TaskDefinition): string {
  const now = Date.now();
  const facts = [
    `${taskTitle(task)}: ${shownState(status)}`,
    `  task      ${status.taskId}`,
    `  group     ${status.taskGroupId}`,
    `  queue     ${status.taskQueueId}, ${task.priority} priority`,
    `  created   ${formatAge(Date.parse(task.created), now)}`,
    `  deadline  ${formatAge(Date.parse(status.deadline), now)}`,
    ...(task.dependencies.length > 0 ? [`  depends   ${task.dependencies.join(', ')}`] : []),
  ];
  const rows = status.runs.map(({ runId, started, resolved, workerGroup, workerId, ...run }) => [
    { text: String(runId) },
    { text: shownState({ state: run.state, runs: [{ ...run, runId }] }) },
    { text: workerId === undefined ? '' : shownText(`${workerGroup}/${workerId}`, 80) },
    { text: started === undefined ? '' : formatAge(Date.parse(started), now) },
    { text: started === undefined ? '' : ranFor(started, resolved, now) },
  ]);
  return [...facts, ...(rows.length > 0 ? tableLines(RUN_COLUMNS, rows) : [])].join('\n');
}

function ranFor(started: string, resolved: string | undefined, now: number): string {
  const ms = (resolved === undefined ? now : Date.parse(resolved)) - Date.parse(started);
  return `${(ms / 1000).toFixed(1)} s`;
}
