import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { WholeTask } from '../api/task.ts';
import type { TaskRun } from '../api/tasks.ts';
import { LaterLogView } from '../log/later-log-view.tsx';
import { readLineRange } from '../log/line-hash.ts';
import type { OpenLog } from '../log/log-client.ts';
import { Empty } from '../parts/empty.tsx';
import { Views } from '../parts/views.tsx';
import { later } from '../router/later.tsx';
import { here } from '../router/location.ts';
import { logPath } from './log-names.ts';
import { TaskArtifacts, useTaskArtifacts } from './task-artifacts.tsx';
import { TaskRuns } from './task-runs.tsx';

const LaterDefinition = later(async () => (await import('./task-definition.tsx')).TaskDefinitionView);

/** Of a log, as views of it are given it. */
export interface ShownLog {
  readonly log: OpenLog | undefined;
  readonly rawUrl: string;
  readonly fileName: string;
}

export interface TaskViewsProps {
  readonly whole: WholeTask;
  readonly run: TaskRun | undefined;
  readonly log: OpenLog | undefined;
  /** The views of what ran in steps; absent: nothing did, or nothing is known of it yet. */
  readonly steps?:
    | {
        readonly list: (shown: ShownLog) => ComponentChildren;
        readonly timeline: () => ComponentChildren;
      }
    | undefined;
  /** Somebody reads the log before it is known that there are steps: they go on reading. */
  readonly isLogRead?: { readonly current: boolean };
}

/** What there is to see of a task, one thing at a time. */
export function TaskViews({ whole, run, log, steps, isLogRead }: TaskViewsProps) {
  const { task, status } = whole;
  const { taskId } = status;
  const runId = run?.runId;
  const artifacts = useTaskArtifacts(taskId, runId);
  const hasSteps = steps !== undefined;
  const first = useRef(readLineRange(here.value.hash) === undefined ? undefined : 'log');
  const behindLog = isLogRead?.current ? 'log' : 'steps';
  const fallback = run === undefined ? 'definition' : hasSteps ? behindLog : 'log';
  const current = here.value.query.get('view') ?? first.current ?? fallback;
  // A line that is picked among the steps stays there.
  useEffect(() => {
    if (hasSteps) first.current ??= behindLog;
  }, [hasSteps]);
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
      {current === 'steps' && steps?.list({ log, rawUrl, fileName })}
      {current === 'log' &&
        (log === undefined ? (
          <NoLog state={status.state} />
        ) : (
          <LaterLogView
            label="Log of the task"
            isLive={run?.state === 'running'}
            {...{ log, rawUrl, fileName }}
          />
        ))}
      {current === 'timeline' && steps?.timeline()}
      {current === 'artifacts' &&
        (runId === undefined ? (
          <NoLog state={status.state} />
        ) : (
          <TaskArtifacts taskId={taskId} runId={runId} resource={artifacts} />
        ))}
      {current === 'definition' && <LaterDefinition task={task} />}
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
