import { isResolved, type TaskDefinition, type TaskStatus } from '../../queue-api/index.ts';
import type { ShownTask } from '../events-schema/task-lines.ts';
import { EXIT } from '../exit-code.ts';
import { shownText } from '../render/columns.ts';

const NAME_LENGTH = 60;
const WHY_LENGTH = 200;

/** A task as `--output json` has it. */
export function shownTask(status: TaskStatus, task?: TaskDefinition): ShownTask {
  return {
    taskId: status.taskId,
    taskGroupId: status.taskGroupId,
    taskQueueId: status.taskQueueId,
    state: status.state,
    ...(task !== undefined && { name: task.metadata.name, created: task.created }),
    deadline: status.deadline,
    expires: status.expires,
    retriesLeft: status.retriesLeft,
    runs: status.runs,
  };
}

/** What a person calls it, safe to print. */
export const taskTitle = (task: TaskDefinition): string => shownText(task.metadata.name, NAME_LENGTH);

/** How a task is, with the reason where the state alone does not say it: `exception (canceled)`. */
export function shownState({ state, runs }: Pick<TaskStatus, 'state' | 'runs'>): string {
  const reason = runs.at(-1)?.reasonResolved;
  return state === 'exception' && reason !== undefined
    ? `${state} (${shownText(reason, WHY_LENGTH)})`
    : state;
}

/** 0 for a task that completed, 1 for one that ended otherwise; 0 for one that goes on. */
export const exitCodeOf = ({ state }: Pick<TaskStatus, 'state'>): number =>
  isResolved(state) && state !== 'completed' ? EXIT.failed : EXIT.passed;
