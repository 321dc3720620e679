import { may } from '../api/session.ts';
import { cancelTask, rerunTask, scheduleTask, type WholeTask } from '../api/task.ts';
import type { TaskRun } from '../api/tasks.ts';
import { editHref } from '../new-task/edit-href.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { shellHref } from '../shell/shell-place.ts';

interface TaskActionsProps {
  readonly whole: WholeTask;
  readonly run: TaskRun | undefined;
  readonly onDone: () => void;
}

/** What can be done with a task now, by who looks. */
export function TaskActions({ whole: { task, status }, run, onDone }: TaskActionsProps) {
  const { taskId, state } = status;
  const { runTasks, openShells } = may.value;
  const hasEnded = state === 'completed' || state === 'failed' || state === 'exception';
  const act = (action: (id: string) => Promise<unknown>) => async () => {
    await action(taskId);
    onDone();
  };
  return (
    <>
      {openShells && run?.state === 'running' && isInteractive(task.payload) && (
        <a class="button" href={shellHref(taskId, run.runId)} target="_blank" rel="noreferrer">
          Open a shell
        </a>
      )}
      {runTasks && (
        <a class="button" href={editHref(taskId)}>
          Edit and create
        </a>
      )}
      {runTasks && hasEnded && (
        <ConfirmButton question="Run this task once more?" answer="Run again" onConfirm={act(rerunTask)}>
          Run again
        </ConfirmButton>
      )}
      {runTasks && state === 'unscheduled' && (
        <ConfirmButton
          question="Let this task begin now, whatever it waits for?"
          answer="Begin now"
          onConfirm={act(scheduleTask)}
        >
          Begin now
        </ConfirmButton>
      )}
      {runTasks && !hasEnded && (
        <ConfirmButton
          tone="danger"
          question="Cancel this task? What it does now is lost."
          answer="Cancel task"
          onConfirm={act(cancelTask)}
        >
          Cancel
        </ConfirmButton>
      )}
    </>
  );
}

function isInteractive(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null || !('features' in payload)) return false;
  const { features } = payload;
  return (
    typeof features === 'object' &&
    features !== null &&
    'interactive' in features &&
    features.interactive === true
  );
}
