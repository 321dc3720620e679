import type { ShownRunner } from '../events-schema/runner-lines.ts';
import { isRunning, type RunnerRecord } from './records.ts';

/** A runner as `--output json` has it. */
export const shownRunner = (record: RunnerRecord): ShownRunner => ({
  name: record.name,
  group: record.group,
  taskQueueId: record.queue,
  rootUrl: record.rootUrl,
  pid: record.pid,
  running: isRunning(record),
  startedAt: record.startedAt,
  ...(record.storePath !== undefined && { storePath: record.storePath }),
  ...(record.logFile !== undefined && { logFile: record.logFile }),
});
