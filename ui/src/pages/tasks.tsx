import { listQueues } from '../api/queues.ts';
import { may } from '../api/session.ts';
import { type ListedTask, listTasks } from '../api/tasks.ts';
import { type ListQuestion, sieved, useList } from '../api/use-list.ts';
import { useResource } from '../api/use-resource.ts';
import { useRowKeys } from '../keys/row-keys.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { filterOf, SearchFilter, SelectFilter } from '../parts/filters.tsx';
import { matches } from '../parts/matches.ts';
import { MoreOf } from '../parts/more-of.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { taskAddress } from '../router/addresses.ts';
import type { PageProps } from '../router/routes.ts';
import { TASK_COLUMNS } from '../tasks/task-columns.tsx';

const STATES = ['unscheduled', 'pending', 'running', 'completed', 'failed', 'exception'];
/** How many tasks are looked at for those with a text before somebody is asked whether to go on. */
const LOOKED_AT = 1_000;

/** `/tasks` (`?state=`, `?queue=`, `?text=`): the tasks of the queues, the newest first. */
export function Tasks(_props: PageProps) {
  useRowKeys();
  const [state, taskQueueId, text] = [filterOf('state'), filterOf('queue'), filterOf('text')];
  const isFiltered = state !== undefined || taskQueueId !== undefined || text !== undefined;
  const load = (question: ListQuestion) => listTasks({ state, taskQueueId }, question);
  const wanted = (listed: ListedTask): boolean => text === undefined || matches(text, textsOf(listed));
  const list = useList(
    `tasks ${JSON.stringify([state, taskQueueId, text])}`,
    text === undefined ? load : sieved(load, { wanted, atOnce: LOOKED_AT }),
    {
      changes: [{ kind: 'task', taskQueueId }],
    },
  );
  const queues = useResource('queues of tasks', listQueues, { changes: [] });
  const { items, refusal, isLoading, reload } = list;
  return (
    <>
      <PageHead
        title="Tasks"
        actions={
          may.value.runTasks && (
            <a class="button primary" href="/tasks/new">
              New task
            </a>
          )
        }
      />
      <div class="filters">
        <SearchFilter name="text" label="Name, project, owner or id" />
        <SelectFilter name="state" label="State" all="All states" options={STATES} />
        <SelectFilter
          name="queue"
          label="Queue"
          all="All queues"
          options={queues.data?.queues.map((queue) => queue.taskQueueId) ?? []}
        />
      </div>
      {refusal !== undefined && (
        <ErrorNote refusal={refusal} what="The tasks could not be loaded" onRetry={reload} />
      )}
      {isLoading && <Skeleton lines={8} />}
      {items?.length === 0 && <NoTasks isFiltered={isFiltered} />}
      {items !== undefined && items.length > 0 && (
        <DataTable
          label="Tasks"
          columns={TASK_COLUMNS}
          items={items}
          idOf={({ status }) => status.taskId}
          addressOf={({ status }) => taskAddress(status.taskId)}
        />
      )}
      {items !== undefined && (items.length > 0 || list.hasMore) && <MoreOf list={list} what="tasks" />}
    </>
  );
}

const textsOf = ({ status, task }: ListedTask) => [
  status.taskId,
  status.taskGroupId,
  status.projectId,
  task.metadata.name,
  task.metadata.description,
  task.metadata.owner,
];

const NoTasks = ({ isFiltered }: { readonly isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No task is like this.">
      <p>
        <a href="/tasks">Show all tasks</a>
      </p>
    </Empty>
  ) : (
    <Empty title="Nobody has created a task yet.">
      <p>In the folder of a project:</p>
      <pre>slipway submit build</pre>
    </Empty>
  );
