import type { QueueNow } from '../../../src/page/wire.ts';
import { serverNow } from '../api/clock.ts';
import { listQueues } from '../api/queues.ts';
import { may } from '../api/session.ts';
import { useResource } from '../api/use-resource.ts';
import { useRowKeys } from '../keys/row-keys.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { isStuck, type RunningNow, runningIn, workerCommand } from '../queues/worker-state.ts';
import { queueAddress, taskAddress } from '../router/addresses.ts';
import '../queues/queues.css';

const QUEUE_COLUMNS: readonly Column<QueueNow>[] = [
  {
    title: 'Queue',
    kind: 'main',
    cell: (queue) => (
      <>
        <a href={queueAddress(queue.taskQueueId)}>{queue.taskQueueId}</a>
        {isStuck(queue, serverNow()) && (
          <span class="cell-sub warning">
            <Icon name="alert" /> no worker takes what waits
          </span>
        )}
      </>
    ),
  },
  { title: 'Waiting', kind: 'number', cell: ({ pending }) => countText(pending) },
  { title: 'Running', kind: 'number', cell: ({ claimed }) => countText(claimed) },
  { title: 'Workers', kind: 'number', cell: ({ workerCount }) => countText(workerCount) },
  { title: 'Last active', kind: 'number', cell: ({ lastDateActive }) => <Age at={lastDateActive} /> },
];

const RUNNING_COLUMNS: readonly Column<RunningNow>[] = [
  {
    title: 'Task',
    kind: 'main',
    cell: ({ run }) => <a href={taskAddress(run.taskId, run.runId)}>{run.name}</a>,
  },
  { title: 'Queue', cell: ({ taskQueueId }) => <a href={queueAddress(taskQueueId)}>{taskQueueId}</a> },
  { title: 'Worker', cell: ({ worker }) => `${worker.workerGroup}/${worker.workerId}` },
  { title: 'For', kind: 'number', cell: ({ run }) => <Duration from={run.started} /> },
];

/** `/queues`: the queues, and what their workers do now. */
export function Queues() {
  const resource = useResource('queues', listQueues, {
    changes: [{ kind: 'task' }, { kind: 'workers' }],
  });
  useRowKeys();
  return (
    <>
      <PageHead
        title="Queues"
        actions={
          may.value.runTasks && (
            <a class="button primary" href="/tasks/new">
              New task
            </a>
          )
        }
      />
      <ResourceView resource={resource} what="The queues could not be loaded">
        {({ queues }) => (queues.length === 0 ? <NoQueues /> : <Shown queues={queues} />)}
      </ResourceView>
    </>
  );
}

function Shown({ queues }: { readonly queues: readonly QueueNow[] }) {
  const running = runningIn(queues);
  return (
    <>
      <DataTable
        label="Queues"
        columns={QUEUE_COLUMNS}
        items={queues}
        idOf={({ taskQueueId }) => taskQueueId}
        addressOf={({ taskQueueId }) => queueAddress(taskQueueId)}
      />
      <section class="block" aria-labelledby="running-title">
        <div class="block-head">
          <h2 id="running-title">Running now</h2>
        </div>
        {running.length === 0 ? (
          <Empty title="No worker has a task at the moment." />
        ) : (
          <DataTable
            label="What runs now"
            columns={RUNNING_COLUMNS}
            items={running}
            idOf={({ run }) => `${run.taskId}/${run.runId}`}
            addressOf={({ run }) => taskAddress(run.taskId, run.runId)}
          />
        )}
      </section>
    </>
  );
}

const NoQueues = () => (
  <Empty title="There is no queue yet.">
    <p>A queue comes with the first task that names it, or with the first worker that serves it:</p>
    <CommandLine
      text={workerCommand('local/docker', location.origin)}
      label="Copy the command that starts a worker"
    />
  </Empty>
);
