import type { TaskRun } from '../api/tasks.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { here } from '../router/location.ts';
import '../run/run.css';

interface TaskRunsProps {
  readonly runs: readonly TaskRun[];
  readonly current: number | undefined;
}

/** The runs of a task, where it had more than one. */
export function TaskRuns({ runs, current }: TaskRunsProps) {
  if (runs.length < 2) return null;
  return (
    <nav class="runs-of-task" aria-label="Runs of the task">
      {runs.map(({ runId, state }) => (
        <a key={runId} href={addressOfRun(runId)} aria-current={runId === current ? 'true' : undefined}>
          Run {runId}
          <StateBadge state={state} />
        </a>
      ))}
    </nav>
  );
}

function addressOfRun(runId: number): string {
  const { path, query } = here.value;
  const next = new URLSearchParams(query);
  next.set('run', String(runId));
  return `${path}?${next}`;
}
