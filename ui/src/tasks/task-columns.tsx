import { type ListedTask, lastRunOf, type TaskStatus } from '../api/tasks.ts';
import type { Column } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { queueAddress, taskAddress } from '../router/addresses.ts';

/** What a list of tasks says of each. */
export const TASK_COLUMNS: readonly Column<ListedTask>[] = [
  { title: 'State', kind: 'state', cell: ({ status }) => <StateBadge state={status.state} /> },
  { title: 'Task', kind: 'main', cell: (listed) => <TaskName listed={listed} /> },
  {
    title: 'Queue',
    cell: ({ status: { taskQueueId } }) => <a href={queueAddress(taskQueueId)}>{taskQueueId}</a>,
  },
  { title: 'Worker', cell: ({ status }) => lastRunOf(status)?.workerId },
  { title: 'Created', kind: 'number', cell: ({ task }) => <Age at={task.created} /> },
  { title: 'Time', kind: 'number', cell: ({ status }) => <TaskTime status={status} /> },
];

function TaskName({ listed: { status, task } }: { readonly listed: ListedTask }) {
  const { taskId, runs } = status;
  const last = lastRunOf(status);
  return (
    <>
      <a href={taskAddress(taskId)}>{task.metadata.name || taskId}</a>
      <span class="cell-sub">
        <code>{taskId}</code>
        {runs.length > 1 && ` · run ${runs.length - 1}`}
        {last !== undefined && isTelling(last.reasonResolved) && ` · ${last.reasonResolved}`}
      </span>
    </>
  );
}

/** Whether why a run ended says more than its state. */
const isTelling = (reason: string | undefined): boolean =>
  reason !== undefined && reason !== 'completed' && reason !== 'failed';

/** How long a task's last run took, or takes. */
export function TaskTime({ status }: { readonly status: TaskStatus }) {
  const last = lastRunOf(status);
  return last === undefined ? null : <Duration from={last.started} to={last.resolved} />;
}
