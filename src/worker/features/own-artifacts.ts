import { backingLogName } from '../payload/index.ts';
import type { TaskContext } from '../task/task-context.ts';
import { BULK_LOG } from './bulk-log.ts';
import { LOGS_JSON } from './first-form/logs-json.ts';
import { RESULT_JSON } from './first-form/result-json.ts';
import { logName } from './read-payload.ts';

/** Artifacts that the worker makes of a run, beside those that the payload asks for. */
export const ownArtifacts = (task: TaskContext): ReadonlySet<string> =>
  new Set([backingLogName(logName(task)), BULK_LOG, LOGS_JSON, RESULT_JSON]);
