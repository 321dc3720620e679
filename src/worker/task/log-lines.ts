import type { TaskPayload } from '../payload/index.ts';
import type { TaskContext } from './task-context.ts';

/** What stands at the beginning of each log. `payload` absent: it was not sound. */
export function writeHeader({ log, taskId, identity }: TaskContext, payload: TaskPayload | undefined): void {
  log.line(`Task ID: ${taskId}`);
  log.line(`Worker ID: ${identity.workerId}`);
  log.line(`Worker Group: ${identity.workerGroup}`);
  log.line(`Worker Node Type: ${identity.workerNodeType}`);
  log.line(`Worker Pool: ${identity.taskQueueId}`);
  log.line(`Worker Version: ${identity.version}`);
  log.line(`Public IP: ${identity.publicIp}`);
  log.line(`Hostname: ${identity.hostname}`);
  for (const [name, path] of Object.entries(payload?.cache ?? {}))
    log.line(`using cache "${name}" -> ${path}`);
  log.text('\r\n');
}

/** What stands at its end: how it went and how long it took, to the millisecond. */
export function writeTrailer(
  { log, startedAt, now }: TaskContext,
  { success, exitCode }: { readonly success: boolean; readonly exitCode: number },
): void {
  const seconds = Math.max(0, now() - startedAt) / 1000;
  const how = success ? 'Successful' : 'Unsuccessful';
  log.line(`${how} task run with exit code: ${exitCode} completed in ${seconds} seconds`);
}

/** What an error says, without its stack. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
