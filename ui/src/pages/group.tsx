import { cancelGroup, getGroup, type TaskGroup } from '../api/groups.ts';
import { may } from '../api/session.ts';
import { type ListedTask, lastRunOf } from '../api/tasks.ts';
import { useResource } from '../api/use-resource.ts';
import { type GraphTask, TaskGraph } from '../graph/task-graph.tsx';
import { statesOf } from '../group/states-of.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { countText, msOf } from '../parts/format.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { Views } from '../parts/views.tsx';
import { taskAddress } from '../router/addresses.ts';
import { here } from '../router/location.ts';
import type { PageProps } from '../router/routes.ts';
import { Timeline, type TimelineRow } from '../timeline/timeline.tsx';

/** More are a picture that nobody can read. */
const MAX_DRAWN = 500;

/** `/groups/ID`: the tasks of a group: what depends on what, and when each ran. */
export function Group({ params }: PageProps) {
  const taskGroupId = params['taskGroupId'] ?? '';
  const resource = useResource(`group ${taskGroupId}`, (signal) => getGroup(taskGroupId, signal), {
    changes: [{ kind: 'task', taskGroupId }],
  });
  return (
    <>
      <GroupHead taskGroupId={taskGroupId} group={resource.data} onDone={resource.reload} />
      <ResourceView
        resource={resource}
        what="The group could not be loaded"
        absent={`There is no group ${taskGroupId} here`}
      >
        {(group) => <GroupViews group={group} />}
      </ResourceView>
    </>
  );
}

interface GroupHeadProps {
  readonly taskGroupId: string;
  readonly group: TaskGroup | undefined;
  readonly onDone: () => void;
}

function GroupHead({ taskGroupId, group, onDone }: GroupHeadProps) {
  const trail = <a href="/tasks">Tasks</a>;
  if (group === undefined) return <PageHead title="Group" tabTitle={`Group ${taskGroupId}`} trail={trail} />;
  const { tasks, sealed, hasMore } = group;
  const first = tasks.find(({ status }) => status.taskId === taskGroupId);
  const goesOn = tasks.some(({ status: { state } }) => !ENDED.has(state));
  return (
    <PageHead
      title={first === undefined ? 'Group' : `Group of ${first.task.metadata.name}`}
      trail={trail}
      facts={
        <>
          <code>{taskGroupId}</code>
          <span>
            {countText(tasks.length)}
            {hasMore && '+'} {tasks.length === 1 ? 'task' : 'tasks'}
          </span>
          {statesOf(tasks).map(({ state, count }) => (
            <StateBadge key={state} state={state} note={countText(count)} />
          ))}
          {sealed !== undefined && (
            <span>
              sealed <Age at={sealed} />
            </span>
          )}
        </>
      }
      actions={
        may.value.runTasks && (
          <>
            {sealed === undefined && (
              <a class="button" href={`/tasks/new?group=${encodeURIComponent(taskGroupId)}`}>
                Add a task
              </a>
            )}
            {goesOn && (
              <ConfirmButton
                tone="danger"
                question="Cancel all tasks of this group? It takes no more tasks from then on."
                answer="Cancel group"
                onConfirm={async () => {
                  await cancelGroup(taskGroupId);
                  onDone();
                }}
              >
                Cancel group
              </ConfirmButton>
            )}
          </>
        )
      }
    />
  );
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'exception']);

function GroupViews({ group: { tasks, hasMore } }: { readonly group: TaskGroup }) {
  const isDrawn = tasks.length <= MAX_DRAWN;
  const current = here.value.query.get('view') ?? (isDrawn && tasks.length > 1 ? 'graph' : 'tasks');
  const views = [
    { id: 'graph', title: 'Graph' },
    { id: 'tasks', title: 'Tasks', count: tasks.length },
    { id: 'timeline', title: 'Timeline' },
  ];
  return (
    <>
      <Views label="Views of the group" views={views} current={current} />
      {current === 'graph' &&
        (isDrawn ? (
          <TaskGraph tasks={tasks.map(graphTaskOf)} />
        ) : (
          <p class="dim">
            A graph of more than {MAX_DRAWN} tasks cannot be read: look at <a href="?view=tasks">the table</a>
            .
          </p>
        ))}
      {current === 'tasks' && (
        <DataTable
          label="Tasks of the group"
          columns={COLUMNS}
          items={tasks}
          idOf={({ status }) => status.taskId}
          addressOf={({ status }) => taskAddress(status.taskId)}
        />
      )}
      {current === 'timeline' && <Timeline label="Timeline of the group" rows={rowsOf(tasks)} />}
      {hasMore && <p class="dim small">The first {countText(tasks.length)} tasks are shown.</p>}
    </>
  );
}

const graphTaskOf = ({ task, status }: ListedTask): GraphTask => ({
  id: status.taskId,
  name: task.metadata.name,
  state: status.state,
  href: taskAddress(status.taskId),
  dependsOn: task.dependencies,
});

const COLUMNS: readonly Column<ListedTask>[] = [
  {
    title: 'Task',
    kind: 'main',
    cell: ({ task, status }) => <a href={taskAddress(status.taskId)}>{task.metadata.name}</a>,
  },
  { title: 'State', kind: 'state', cell: ({ status }) => <StateBadge state={status.state} /> },
  { title: 'Queue', cell: ({ task }) => task.taskQueueId },
  { title: 'Depends on', kind: 'number', cell: ({ task }) => task.dependencies.length || '' },
  {
    title: 'Began',
    cell: ({ status }) => <Age at={lastRunOf(status)?.started} />,
  },
  {
    title: 'Took',
    kind: 'number',
    cell: ({ status }) => {
      const run = lastRunOf(status);
      return <Duration from={run?.started} to={run?.resolved} />;
    },
  },
];

/** When the last run of each task was to begin, began and ended. */
function rowsOf(tasks: readonly ListedTask[]): readonly TimelineRow[] {
  return tasks
    .flatMap(({ task, status }): TimelineRow[] => {
      const run = lastRunOf(status);
      if (run === undefined) return [];
      const scheduled = msOf(run.scheduled);
      const start = run.started === undefined ? scheduled : msOf(run.started);
      return [
        {
          key: status.taskId,
          name: task.metadata.name,
          href: taskAddress(status.taskId),
          state: status.state,
          span: { start, end: run.resolved === undefined ? undefined : msOf(run.resolved) },
          ...(run.started !== undefined && { waitedFrom: scheduled }),
        },
      ];
    })
    .sort((a, b) => (a.waitedFrom ?? a.span.start) - (b.waitedFrom ?? b.span.start));
}
