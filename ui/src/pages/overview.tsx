import '../overview/overview.css';
import type { ComponentChildren } from 'preact';
import { type Build, listBuilds } from '../api/builds.ts';
import { getCache } from '../api/cache.ts';
import { listQueues } from '../api/queues.ts';
import { listRuns } from '../api/runs.ts';
import { listTasks } from '../api/tasks.ts';
import { type Resource, useResource } from '../api/use-resource.ts';
import { useRowKeys } from '../keys/row-keys.ts';
import { Figures } from '../overview/figures.tsx';
import { FirstSteps } from '../overview/first-steps.tsx';
import { failedLately, runningNow, type Work, workOfRun, workOfTask } from '../overview/lately.ts';
import { WorkTable } from '../overview/work-table.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age } from '../parts/time.tsx';
import { imageAddress, queueAddress } from '../router/addresses.ts';
import type { PageProps } from '../router/routes.ts';

const MOST_RUNNING = 20;
const MOST_FAILED = 8;
const MOST_BUILDS = 6;
/** Runs have no list by result: those that run or failed are looked for among so many. */
const LATEST_RUNS = 50;

/** `/`: what runs now, what failed lately, how much waits, what is built, and how much the cache helps. */
export function Overview(_props: PageProps) {
  useRowKeys();
  const work = useResource('work', loadWork, { changes: [{ kind: 'task' }, { kind: 'run' }] });
  const queues = useResource('queues', listQueues, {
    changes: [{ kind: 'task' }, { kind: 'workers' }],
  });
  const cache = useResource('cache', getCache, { changes: [{ kind: 'cache' }] });
  const builds = useResource('builds', loadBuilds, { changes: [{ kind: 'build' }] });
  // Nobody is told how to begin, or that nothing runs, before it is known that nothing was begun.
  const isBlank = work.data?.length === 0 && !builds.data?.length;
  const isWaiting = work.isLoading || (isBlank && (queues.isLoading || builds.isLoading));
  const isEmpty = isBlank && !isWaiting && queues.data !== undefined;
  const hasWorker = queues.data?.queues.some(({ workerCount }) => workerCount > 0) === true;
  return (
    <>
      <PageHead title="Overview" />
      <Refused of={[work, queues, cache, builds]} />
      <Figures queues={queues.data?.queues} cache={cache.data} />
      {isWaiting && <Skeleton lines={6} />}
      {isEmpty && <FirstSteps hasWorker={hasWorker} />}
      {!isEmpty && !isWaiting && work.data !== undefined && (
        <>
          <WorkBlocks work={work.data} />
          <div class="overview-columns">
            {queues.data !== undefined && <QueueBlock queues={queues.data.queues} />}
            {builds.data !== undefined && builds.data.length > 0 && <BuildBlock builds={builds.data} />}
          </div>
        </>
      )}
    </>
  );
}

/** Tasks that run or failed, and the latest runs. */
async function loadWork(signal: AbortSignal): Promise<readonly Work[]> {
  const tasksIn = (state: string, limit: number) => listTasks({ state }, { limit, signal });
  const [running, failed, exceptions, latest, runs] = await Promise.all([
    tasksIn('running', MOST_RUNNING),
    tasksIn('failed', MOST_FAILED),
    tasksIn('exception', MOST_FAILED),
    listTasks({}, { limit: 1, signal }),
    listRuns({}, { limit: LATEST_RUNS, signal }),
  ]);
  const tasks = [running, failed, exceptions, latest].flatMap(({ items }) => items);
  const byId = new Map(tasks.map((task) => [task.status.taskId, task]));
  return [...[...byId.values()].map(workOfTask), ...runs.items.map(workOfRun)];
}

const loadBuilds = async (signal: AbortSignal): Promise<readonly Build[]> =>
  (await listBuilds({}, { limit: MOST_BUILDS, signal })).items;

/** What could not be loaded; a server that builds no images has no list of them, which is no mistake. */
function Refused({ of }: { readonly of: readonly Resource<unknown>[] }) {
  const refused = of.find(({ refusal }) => refusal !== undefined && refusal.status !== 404);
  if (refused?.refusal === undefined) return null;
  return (
    <ErrorNote refusal={refused.refusal} what="Some of this could not be loaded" onRetry={refused.reload} />
  );
}

function WorkBlocks({ work }: { readonly work: readonly Work[] }) {
  const running = runningNow(work);
  const failed = failedLately(work, MOST_FAILED);
  return (
    <>
      <Block title="Running now" more={{ href: '/tasks', says: 'All tasks' }}>
        {running.length === 0 ? (
          <p class="quiet">Nothing runs.</p>
        ) : (
          <WorkTable label="Running now" work={running} />
        )}
      </Block>
      <Block title="Failed lately" more={{ href: '/runs', says: 'All runs' }}>
        {failed.length === 0 ? (
          <p class="quiet">Nothing has failed.</p>
        ) : (
          <WorkTable label="Failed lately" work={failed} hasEnded />
        )}
      </Block>
    </>
  );
}

type QueueList = NonNullable<Awaited<ReturnType<typeof listQueues>>>['queues'];

const QueueBlock = ({ queues }: { readonly queues: QueueList }) => (
  <Block title="Queues" more={{ href: '/queues', says: 'All queues' }}>
    {queues.length === 0 ? (
      <p class="quiet">No worker has asked for work.</p>
    ) : (
      <DataTable
        label="Queues"
        items={queues}
        idOf={({ taskQueueId }) => taskQueueId}
        addressOf={({ taskQueueId }) => queueAddress(taskQueueId)}
        columns={[
          {
            title: 'Queue',
            kind: 'main',
            cell: ({ taskQueueId }) => <a href={queueAddress(taskQueueId)}>{taskQueueId}</a>,
          },
          { title: 'Waiting', kind: 'number', cell: ({ pending }) => pending },
          { title: 'Running', kind: 'number', cell: ({ claimed }) => claimed },
          { title: 'Workers', kind: 'number', cell: ({ workerCount }) => workerCount },
        ]}
      />
    )}
  </Block>
);

const BuildBlock = ({ builds }: { readonly builds: readonly Build[] }) => (
  <Block title="Image builds" more={{ href: '/images', says: 'All images' }}>
    <DataTable
      label="Image builds"
      items={builds}
      idOf={({ id }) => id}
      addressOf={({ id }) => imageAddress(id)}
      columns={[
        { title: 'State', kind: 'state', cell: ({ state }) => <StateBadge state={state} /> },
        {
          title: 'Image',
          kind: 'main',
          cell: ({ id, target }) => <a href={imageAddress(id)}>{target}</a>,
        },
        { title: 'Created', kind: 'number', cell: ({ createdAt }) => <Age at={createdAt} /> },
      ]}
    />
  </Block>
);

interface BlockProps {
  readonly title: string;
  readonly more: { readonly href: string; readonly says: string };
  readonly children: ComponentChildren;
}

const Block = ({ title, more, children }: BlockProps) => (
  <section class="block">
    <div class="block-head">
      <h2>{title}</h2>
      <a class="small" href={more.href}>
        {more.says}
      </a>
    </div>
    {children}
  </section>
);
