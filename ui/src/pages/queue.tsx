import type { QueueNow } from '../../../src/page/wire.ts';
import { serverNow } from '../api/clock.ts';
import { listPending, listQueues } from '../api/queues.ts';
import { may } from '../api/session.ts';
import { useList } from '../api/use-list.ts';
import { useResource } from '../api/use-resource.ts';
import { useRowKeys } from '../keys/row-keys.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { Empty } from '../parts/empty.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { Age } from '../parts/time.tsx';
import { PendingTable } from '../queues/pending-table.tsx';
import { isStuck, workerCommand } from '../queues/worker-state.ts';
import { WorkerTable } from '../queues/worker-table.tsx';
import type { PageProps } from '../router/routes.ts';
import '../queues/queues.css';

/** `/queues/PROVISIONER/TYPE`: one queue, its workers, and what waits for them. */
export function Queue({ params }: PageProps) {
  const taskQueueId = `${params['provisionerId']}/${params['workerType']}`;
  const resource = useResource(taskQueueId, listQueues, {
    changes: [
      { kind: 'task', taskQueueId },
      { kind: 'workers', taskQueueId },
    ],
  });
  useRowKeys();
  const queue = resource.data?.queues.find((each) => each.taskQueueId === taskQueueId);
  return (
    <>
      <PageHead
        title={taskQueueId}
        trail={<a href="/queues">Queues</a>}
        facts={queue !== undefined && <Facts queue={queue} />}
        actions={
          may.value.runTasks && (
            <a class="button primary" href={`/tasks/new?queue=${encodeURIComponent(taskQueueId)}`}>
              New task
            </a>
          )
        }
      />
      <ResourceView resource={resource} what="The queue could not be loaded">
        {() =>
          queue === undefined ? (
            <Empty title="Nobody has used this queue yet.">
              <p>It comes with the first task that names it, or with its first worker.</p>
            </Empty>
          ) : (
            <Workers queue={queue} onChanged={resource.reload} />
          )
        }
      </ResourceView>
      <Waiting taskQueueId={taskQueueId} />
      <Hints taskQueueId={taskQueueId} />
    </>
  );
}

const Facts = ({ queue }: { readonly queue: QueueNow }) => (
  <>
    <span>{countText(queue.pending)} waiting</span>
    <span>{countText(queue.claimed)} running</span>
    <span>
      {countText(queue.workerCount)} {queue.workerCount === 1 ? 'worker' : 'workers'}
    </span>
    <span>
      {queue.lastDateActive === undefined ? (
        'no worker yet'
      ) : (
        <>
          last active <Age at={queue.lastDateActive} />
        </>
      )}
    </span>
    {isStuck(queue, serverNow()) && (
      <span class="warning">
        <Icon name="alert" /> no worker takes what waits
      </span>
    )}
  </>
);

function Workers({ queue, onChanged }: { readonly queue: QueueNow; readonly onChanged: () => void }) {
  const { workers, workerCount, taskQueueId } = queue;
  return (
    <section class="block" aria-labelledby="workers-title">
      <div class="block-head">
        <h2 id="workers-title">Workers</h2>
        {workerCount > workers.length && (
          <p class="dim small">
            the {workers.length} that asked for work last, of {countText(workerCount)}
          </p>
        )}
      </div>
      {workers.length === 0 ? (
        <Empty title="No worker has served this queue yet." />
      ) : (
        <WorkerTable taskQueueId={taskQueueId} workers={workers} onChanged={onChanged} />
      )}
    </section>
  );
}

function Waiting({ taskQueueId }: { readonly taskQueueId: string }) {
  const list = useList(taskQueueId, (question) => listPending(taskQueueId, question), {
    changes: [{ kind: 'task', taskQueueId }],
  });
  const { items, refusal, reload } = list;
  return (
    <section class="block" aria-labelledby="waiting-title">
      <div class="block-head">
        <h2 id="waiting-title">Waiting</h2>
        <p class="dim small">in the order in which workers get it</p>
      </div>
      {refusal !== undefined && (
        <ErrorNote refusal={refusal} what="What waits could not be loaded" onRetry={reload} />
      )}
      {items?.length === 0 && <Empty title="Nothing waits." />}
      {items !== undefined && items.length > 0 && <PendingTable list={list} />}
    </section>
  );
}

/** How this queue gets more workers. */
const Hints = ({ taskQueueId }: { readonly taskQueueId: string }) => (
  <section class="block hints" aria-labelledby="hints-title">
    <h2 id="hints-title">More workers</h2>
    <p>
      On a machine with a Docker Engine, with <code>TASKCLUSTER_CLIENT_ID</code> and{' '}
      <code>TASKCLUSTER_ACCESS_TOKEN</code> of a client that may claim from this queue:
    </p>
    <CommandLine
      text={workerCommand(taskQueueId, location.origin)}
      label="Copy the command that starts a worker"
    />
    <p class="dim small">
      <code>--capacity N</code> runs N tasks at once; <code>--idle-shutdown 10m</code> ends a machine that is
      not needed. A fleet grows by the metric <code>slipway_queue_pending_runs</code> of this queue.
    </p>
  </section>
);
