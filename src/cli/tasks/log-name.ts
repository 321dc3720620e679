import type { TaskDefinition } from '../../queue-api/index.ts';

const DEFAULT = 'public/logs/live.log';

/** The artifact that a task's log is. */
export function logNameOf({ payload }: Pick<TaskDefinition, 'payload'>): string {
  const { log } = payload;
  return typeof log === 'string' && log !== '' ? log : DEFAULT;
}
