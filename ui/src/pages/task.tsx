import { getTask, type WholeTask } from '../api/task.ts';
import type { TaskRun, TaskStatus } from '../api/tasks.ts';
import { useResource } from '../api/use-resource.ts';
import { useOpenLog } from '../log/use-open-log.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { groupAddress, queueAddress } from '../router/addresses.ts';
import { later } from '../router/later.tsx';
import { here } from '../router/location.ts';
import type { PageProps } from '../router/routes.ts';
import { logPath } from '../task/log-names.ts';
import { TaskActions } from '../task/task-actions.tsx';
import { TaskViews } from '../task/task-views.tsx';

const LaterPipelineViews = later(async () => (await import('../task/pipeline-views.tsx')).PipelineViews);

/** `/tasks/ID` (`?run=N`, `#L120-L140`): one task: its runs, steps, log, artifacts and what can be done with it. */
export function Task({ params }: PageProps) {
  const taskId = params['taskId'] ?? '';
  const resource = useResource(`task ${taskId}`, (signal) => getTask(taskId, signal), {
    changes: [{ kind: 'task', taskId }],
  });
  const run = runOf(resource.data);
  // Here, so that its thread is ready when it is known which log it is for.
  const log = useOpenLog(resource.data && logPath(resource.data, run, 'live'));
  return (
    <>
      <TaskHead taskId={taskId} whole={resource.data} run={run} onDone={resource.reload} />
      <ResourceView
        resource={resource}
        what="The task could not be loaded"
        absent={`There is no task ${taskId} here`}
      >
        {(whole) => {
          const eventsUrl = logPath(whole, run, 'events');
          const shown = { whole, run, log };
          return eventsUrl === undefined ? (
            <TaskViews key={run?.runId} {...shown} />
          ) : (
            <LaterPipelineViews key={run?.runId} eventsUrl={eventsUrl} {...shown} />
          );
        }}
      </ResourceView>
    </>
  );
}

/** The run that is looked at: that of the address, else the last. */
function runOf(whole: WholeTask | undefined): TaskRun | undefined {
  const asked = here.value.query.get('run');
  const runs = whole?.status.runs ?? [];
  return (asked !== null && runs.find(({ runId }) => runId === Number(asked))) || runs.at(-1);
}

interface TaskHeadProps {
  readonly taskId: string;
  readonly whole: WholeTask | undefined;
  readonly run: TaskRun | undefined;
  readonly onDone: () => void;
}

function TaskHead({ taskId, whole, run, onDone }: TaskHeadProps) {
  const trail = <a href="/tasks">Tasks</a>;
  if (whole === undefined) return <PageHead title="Task" tabTitle={`Task ${taskId}`} trail={trail} />;
  const { task, status } = whole;
  return (
    <PageHead
      title={task.metadata.name}
      trail={
        task.taskGroupId === taskId ? (
          trail
        ) : (
          <>
            {trail} / <a href={groupAddress(task.taskGroupId)}>Group</a>
          </>
        )
      }
      beside={<StateBadge state={status.state} note={reasonOf(status)} />}
      facts={
        <>
          <code>{taskId}</code>
          <span>
            in <a href={queueAddress(task.taskQueueId)}>{task.taskQueueId}</a>
          </span>
          {run !== undefined && <RunFacts run={run} />}
          <span>{status.retriesLeft} retries left</span>
        </>
      }
      actions={<TaskActions whole={whole} run={run} onDone={onDone} />}
    />
  );
}

/** Why it ended, where its state does not say it. */
function reasonOf({ state, runs }: TaskStatus): string | undefined {
  const reason = runs.at(-1)?.reasonResolved;
  return reason === state ? undefined : reason;
}

function RunFacts({ run }: { readonly run: TaskRun }) {
  const { started, resolved, scheduled, workerGroup, workerId } = run;
  return (
    <>
      {started === undefined ? (
        <span>
          {resolved === undefined ? 'waiting for ' : 'waited '}
          <Duration from={scheduled} to={resolved} />
        </span>
      ) : (
        <span>
          began <Age at={started} />, {resolved === undefined ? 'runs for ' : 'took '}
          <Duration from={started} to={resolved} />
        </span>
      )}
      {workerId !== undefined && (
        <span>
          on {workerGroup}/{workerId}
        </span>
      )}
    </>
  );
}
