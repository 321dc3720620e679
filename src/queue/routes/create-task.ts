import { PRIORITIES, type Priority, type TaskRequest } from '../../queue-api/index.ts';
import { StatusAnswer, TaskRequest as TaskRequestSchema } from '../../queue-api/schema/index.ts';
import { QueueError } from '../error.ts';
import type { ScopeFacts } from '../service/scope-template.ts';
import { method } from './queue-context.ts';

/** createTask */
export const CREATE_TASK = method({
  name: 'createTask',
  verb: 'PUT',
  path: '/task/<taskId>',
  about: 'makes a task; again with the same definition it changes nothing',
  input: TaskRequestSchema,
  output: StatusAnswer,
  secrets: ['payload', 'extra'],
  scopes: {
    AllOf: [
      { each: '<scope>', for: 'scope', in: 'scopes' },
      { each: 'queue:route:<route>', for: 'route', in: 'routes' },
      'queue:create-task:project:<projectId>',
      'queue:scheduler-id:<schedulerId>',
      { AnyOf: [{ each: 'queue:create-task:<priority>:<taskQueueId>', for: 'priority', in: 'priorities' }] },
    ],
  },
  async handle({ params: { taskId }, body, authorize }, { queue, meter }) {
    authorize(factsOf(body));
    const status = await queue.createTask(taskId, body);
    meter.created();
    return { status };
  },
});

/** What the scopes of a definition are about, with the defaults that the queue fills in. */
function factsOf(request: TaskRequest): ScopeFacts {
  return {
    scopes: request.scopes ?? [],
    routes: request.routes ?? [],
    projectId: request.projectId ?? 'none',
    schedulerId: request.schedulerId ?? '-',
    taskQueueId: queueOf(request),
    priorities: atLeast(request.priority ?? 'lowest'),
  };
}

/** Whoever may create urgent tasks may create less urgent ones. */
const atLeast = (priority: Priority): readonly Priority[] =>
  PRIORITIES.slice(0, PRIORITIES.indexOf(priority) + 1);

function queueOf({ taskQueueId, provisionerId, workerType }: TaskRequest): string {
  if (taskQueueId !== undefined) return taskQueueId; // that both agree is looked at by the queue
  if (provisionerId !== undefined && workerType !== undefined) return `${provisionerId}/${workerType}`;
  throw new QueueError(
    'InputError',
    'The task names no queue: expected taskQueueId, or provisionerId and workerType.',
  );
}
