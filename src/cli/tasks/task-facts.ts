import { hostname, userInfo } from 'node:os';
import { PRIORITIES, type TaskMetadata, type TaskRequest } from '../../queue-api/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import type { FlagValues } from '../flag-values.ts';
import { readTaskId } from './task-ids.ts';

export const DEFAULT_QUEUE = 'local/docker';

type Facts = Omit<Partial<TaskRequest>, 'payload' | 'metadata'>;

/** What the flags of every command that creates tasks say; what is not given is absent. */
export function readFacts(flags: FlagValues): Facts {
  const text = (name: string) => flags.text(name);
  const priority = PRIORITIES.find((each) => each === text('priority'));
  const [group, project, scheduler] = [text('group'), text('project-id'), text('scheduler-id')];
  return {
    ...(priority !== undefined && { priority }),
    ...(text('retries') !== undefined && { retries: readRetries(flags.required('retries')) }),
    ...(group !== undefined && { taskGroupId: readTaskId(group, 'a task group') }),
    ...(project !== undefined && { projectId: project }),
    ...(scheduler !== undefined && { schedulerId: scheduler }),
  };
}

function readRetries(text: string): number {
  const retries = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (retries <= 49) return retries;
  throw new UsageError(`--retries: expected a number from 0 to 49, found "${text}"`);
}

/** What people are told of a task: the flags, else what is known without them. */
export function readMetadata(
  { flags, environment }: Pick<CommandContext, 'flags' | 'environment'>,
  known: Partial<TaskMetadata> & Pick<TaskMetadata, 'name'>,
): TaskMetadata {
  return {
    name: flags.text('name') ?? known.name,
    description: flags.text('description') ?? known.description ?? known.name,
    owner: flags.text('owner') ?? known.owner ?? defaultOwner(environment),
    source: flags.text('source') ?? known.source ?? DEFAULT_SOURCE,
  };
}

// The contract wants an address; a task from a command line has none.
const DEFAULT_SOURCE = 'https://localhost/';

function defaultOwner(environment: NodeJS.ProcessEnv): string {
  const user = environment['USER'] || environment['LOGNAME'] || userName();
  return `${user}@${hostname()}`.slice(0, 255);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'nobody'; // a container's user without a name
  }
}
