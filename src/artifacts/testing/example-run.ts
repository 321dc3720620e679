import type { RunRecord } from '../run-record.ts';

/** The record of a run that has passed. */
export const exampleRun = (runId: string, changes: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId,
  application: { id: 'app', name: 'app' },
  kind: 'build',
  pipeline: 'build',
  startedAt: 1_700_000_000_000,
  finishedAt: 1_700_000_060_000,
  result: 'passed',
  owner: { host: 'elsewhere', process: 'boot.1.1.1' },
  steps: [],
  artifacts: [],
  ...changes,
});
