import type { RecordedArtifact, RunRecord } from '../run-record.ts';

/** A whole record for tests, of what a test says of a run. */
export function runRecord(fields: Partial<RunRecord> & Pick<RunRecord, 'runId'>): RunRecord {
  return {
    version: 1,
    application: { id: 'app', name: 'app' },
    kind: 'build',
    pipeline: 'build',
    startedAt: 1000,
    ...(fields.result === 'running' ? {} : { finishedAt: fields.startedAt ?? 1000 }),
    result: 'passed',
    owner: { host: 'elsewhere', process: '1.1.1.1' },
    steps: [],
    artifacts: [],
    ...fields,
  };
}

/** One artifact as a record names it. */
export function recordedArtifact(
  fields: Partial<RecordedArtifact> & Pick<RecordedArtifact, 'key'>,
): RecordedArtifact {
  return {
    name: 'output',
    fileName: 'output.tar',
    store: 'memory',
    sizeBytes: 0,
    sha256: '0'.repeat(64),
    mediaType: 'application/x-tar',
    storedAt: 1000,
    ...fields,
  };
}
