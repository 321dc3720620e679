import type { ArtifactStored, Owner, RunEvent, RunStarted, StepFinished } from '../kernel/index.ts';
import type { RecordedArtifact, RecordedStep, RunRecord } from './run-record.ts';

/** The record of a run that has just started. */
export function startedRecord(event: RunStarted & { readonly runId: string }, owner: Owner): RunRecord {
  const { runId, application, kind, pipeline, partOf, git, at } = event;
  return {
    version: 1,
    runId,
    application,
    kind,
    pipeline,
    ...(partOf !== undefined && { partOf }),
    ...(git !== undefined && { git }),
    startedAt: at,
    result: 'running',
    owner,
    steps: [],
    artifacts: [],
  };
}

/** The same list with one more, or with another one in the place of the one that it is about. */
function replaced<T>(list: readonly T[], item: T, isSame: (other: T) => boolean): readonly T[] {
  const at = list.findIndex(isSame);
  return at < 0 ? [...list, item] : list.with(at, item);
}

function recordedStep(event: StepFinished): RecordedStep {
  const { safeId, displayName, phase, result, durationMs, message, at } = event;
  return {
    safeId,
    displayName,
    phase,
    result,
    ...(result !== 'skipped' && { startedAt: Math.round(at - durationMs) }),
    durationMs,
    ...(message !== undefined && { message }),
  };
}

/** `undefined` for one that is in no store. */
function recordedArtifact(event: ArtifactStored): RecordedArtifact | undefined {
  const { name, fileName, store, key, sizeBytes, sha256, mediaType, expiresAt, safeId, files } = event;
  if (store === undefined || key === undefined || sha256 === undefined || mediaType === undefined)
    return undefined;
  return {
    name,
    fileName,
    store,
    key,
    sizeBytes,
    sha256,
    mediaType,
    storedAt: event.at,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(safeId !== undefined && { safeId }),
    ...(files !== undefined && { files }),
  };
}

/** What an event makes of a run's record; the same record where it says nothing that is kept. */
export function recordAfter(record: RunRecord, event: RunEvent): RunRecord {
  switch (event.type) {
    case 'run-planned':
      return event.git === undefined ? record : { ...record, git: event.git };
    case 'step-finished': {
      const step = recordedStep(event); // of one that ran again the last time counts
      const steps = replaced(record.steps, step, ({ safeId }) => safeId === step.safeId);
      return { ...record, steps };
    }
    case 'artifact-stored': {
      const artifact = recordedArtifact(event);
      if (artifact === undefined) return record;
      return {
        ...record,
        artifacts: replaced(record.artifacts, artifact, ({ key }) => key === artifact.key),
      };
    }
    case 'run-finished': {
      const { result, message, at, cachedFrom } = event;
      return {
        ...record,
        result,
        finishedAt: at,
        ...(message !== undefined && { message }),
        ...(cachedFrom !== undefined && {
          cachedFrom: { runId: cachedFrom.runId, startedAt: cachedFrom.startedAt },
        }),
      };
    }
    default:
      return record;
  }
}
