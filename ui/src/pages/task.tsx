import { useEffect, useRef } from 'preact/hooks';
import { getTask, type WholeTask } from '../api/task.ts';
import { OWN_API, type TaskRun, type TaskStatus } from '../api/tasks.ts';
import { useResource } from '../api/use-resource.ts';
import { readLineRange } from '../log/line-hash.ts';
import type { OpenLog } from '../log/log-client.ts';
import { LogView } from '../log/log-view.tsx';
import { useOpenLog } from '../log/use-open-log.ts';
import { Empty } from '../parts/empty.tsx';
import { msOf } from '../parts/format.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { Views } from '../parts/views.tsx';
import { groupAddress, queueAddress } from '../router/addresses.ts';
import { here } from '../router/location.ts';
import type { PageProps } from '../router/routes.ts';
import { PartTimeline } from '../steps/part-timeline.tsx';
import { StepList } from '../steps/step-list.tsx';
import { partsOf } from '../steps/steps-of.ts';
import { useStepEvents } from '../steps/use-step-events.ts';
import { logNamesOf } from '../task/log-names.ts';
import { TaskActions } from '../task/task-actions.tsx';
import { TaskArtifacts, useTaskArtifacts } from '../task/task-artifacts.tsx';
import { TaskDefinitionView } from '../task/task-definition.tsx';
import { TaskRuns } from '../task/task-runs.tsx';

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
        {(whole) => <TaskViews key={run?.runId} whole={whole} run={run} log={log} />}
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

/** Where a log of a run is; a run that has not begun has none. */
function logPath(
  { task, status }: WholeTask,
  run: TaskRun | undefined,
  which: 'live' | 'events',
): string | undefined {
  if (run?.started === undefined) return undefined;
  const name = logNamesOf(task.payload)[which];
  if (name === undefined) return undefined;
  return `${OWN_API}/task/${status.taskId}/runs/${run.runId}/log/${encodeURIComponent(name)}`;
}

interface TaskViewsProps {
  readonly whole: WholeTask;
  readonly run: TaskRun | undefined;
  readonly log: OpenLog | undefined;
}

function TaskViews({ whole, run, log }: TaskViewsProps) {
  const { task, status } = whole;
  const { taskId } = status;
  const runId = run?.runId;
  const artifacts = useTaskArtifacts(taskId, runId);
  const { events, isWhole } = useStepEvents(logPath(whole, run, 'events'));
  const hasSteps = events.length > 0;
  const first = useRef(readLineRange(here.value.hash) === undefined ? undefined : 'log');
  const fallback = run === undefined ? 'definition' : hasSteps ? 'steps' : 'log';
  const current = here.value.query.get('view') ?? first.current ?? fallback;
  // A line that is picked among the steps stays there.
  useEffect(() => {
    if (hasSteps) first.current ??= 'steps';
  }, [hasSteps]);
  // Of a run that ended the last events may still be on their way.
  const ended = run?.resolved !== undefined && isWhole ? { at: msOf(run.resolved) } : undefined;
  const parts = partsOf(events, ended);
  const rawUrl = `${logPath(whole, run, 'live') ?? ''}?follow=false`;
  const fileName = `${taskId}-${runId ?? 0}.log`;
  const views = [
    ...(hasSteps ? [{ id: 'steps', title: 'Steps' }] : []),
    { id: 'log', title: 'Log' },
    ...(hasSteps ? [{ id: 'timeline', title: 'Timeline' }] : []),
    { id: 'artifacts', title: 'Artifacts', count: artifacts.data?.artifacts.length },
    { id: 'definition', title: 'Definition' },
  ];
  return (
    <>
      <Views
        label="Views of the task"
        views={views}
        current={current}
        beside={<TaskRuns runs={status.runs} current={runId} />}
      />
      {current === 'steps' && <StepList parts={parts.parts} {...{ log, rawUrl, fileName }} />}
      {current === 'log' &&
        (log === undefined ? (
          <NoLog state={status.state} />
        ) : (
          <LogView label="Log of the task" isLive={run?.state === 'running'} {...{ log, rawUrl, fileName }} />
        ))}
      {current === 'timeline' && <PartTimeline parts={parts} />}
      {current === 'artifacts' &&
        (runId === undefined ? (
          <NoLog state={status.state} />
        ) : (
          <TaskArtifacts taskId={taskId} runId={runId} resource={artifacts} />
        ))}
      {current === 'definition' && <TaskDefinitionView task={task} />}
    </>
  );
}

const WHY: Readonly<Record<string, string>> = {
  unscheduled: 'It waits for the tasks that it depends on.',
  pending: 'It waits for a worker of its queue. The log begins here as soon as one has it.',
};

const NoLog = ({ state }: { readonly state: string }) => (
  <Empty title={WHY[state] === undefined ? 'This run never began.' : 'This run has not begun.'}>
    <p>{WHY[state] ?? 'It ended before a worker had it.'}</p>
  </Empty>
);
