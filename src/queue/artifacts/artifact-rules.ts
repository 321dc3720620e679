import { isDeepStrictEqual } from 'node:util';
import type { ArtifactRequest, StorageType } from '../../queue-api/index.ts';
import { QueueError } from '../error.ts';
import type { ArtifactRecord } from '../queue.ts';
import { iso, type TaskRecord } from '../state/task-record.ts';

/** How long after an exception its worker may still send artifacts: the claim's 20 minutes, and 5 to spare. */
const LATE_MS = 25 * 60_000;

const input = (message: string): QueueError => new QueueError('InputError', message);

/** Whether a run may get artifacts now. Throws as createArtifact does. */
export function checkRun(
  record: TaskRecord | undefined,
  request: { readonly taskId: string; readonly runId: number; readonly expires: number },
  now: number,
): TaskRecord {
  const { taskId, runId, expires } = request;
  if (record === undefined) throw input(`There is no task ${taskId}: it was never created, or has expired`);
  const run = record.runs[runId];
  if (run === undefined)
    throw input(`Task ${taskId} has no run ${runId}: it has ${record.runs.length} so far`);
  if (run.workerGroup === undefined) throw input(`Run ${runId} of task ${taskId} was never claimed`);
  if (expires > record.expires) {
    throw input(`The artifact expires at ${iso(expires)}, and its task before, at ${iso(record.expires)}`);
  }
  const isLate = run.state === 'exception' && now - (run.resolved ?? 0) < LATE_MS;
  if (run.state === 'running' || isLate) return record;
  throw new QueueError(
    'RequestConflict',
    `Run ${runId} of task ${taskId} is ${run.state}: artifacts are for running ones, and for 25 minutes after an exception`,
  );
}

// What a link says of itself where nothing else does.
const UNKNOWN_TYPE = 'application/binary';

/** What is kept of a request, and what is made for it. */
export function newRecord(
  request: ArtifactRequest,
  names: { readonly taskId: string; readonly runId: number; readonly name: string },
  made: {
    readonly key: string;
    readonly uploadId: string;
    readonly projectId: string;
    readonly uploadUntil: number;
  },
): ArtifactRecord {
  const { storageType } = request;
  const common = { ...names, storageType, expires: Date.parse(request.expires), present: true };
  switch (request.storageType) {
    case 's3':
    case 'object': {
      const { contentType, contentLength } = request;
      const declared = { ...common, contentType, ...(contentLength !== undefined && { contentLength }) };
      const { uploadUntil, ...details } = made;
      return request.storageType === 's3'
        ? { ...declared, details: { key: made.key } }
        : { ...declared, present: false, uploadUntil, details };
    }
    case 'reference':
      return { ...common, contentType: request.contentType, details: { url: request.url } };
    case 'link':
      return {
        ...common,
        contentType: request.contentType ?? UNKNOWN_TYPE,
        details: { artifact: request.artifact },
      };
    case 'error': {
      const { reason, message } = request;
      return { ...common, contentType: UNKNOWN_TYPE, details: { reason, message } };
    }
  }
}

const REPLACEABLE: Readonly<Partial<Record<StorageType, StorageType>>> = {
  reference: 'reference',
  link: 'reference',
};

/** What is there after an artifact is created again under the same name. Throws `RequestConflict` where it may not be. */
export function replaced(before: ArtifactRecord, after: ArtifactRecord): ArtifactRecord {
  const conflict = (what: string): never => {
    throw new QueueError(
      'RequestConflict',
      `Run ${after.runId} of task ${after.taskId} has an artifact "${after.name}" already, and ${what}`,
    );
  };
  const isLink = after.storageType === 'link';
  if (!isLink && before.contentType !== after.contentType) {
    return conflict(
      `its content type is ${before.contentType}, not ${after.contentType}: that cannot change`,
    );
  }
  if (after.expires < before.expires) {
    return conflict(
      `it expires at ${iso(before.expires)}: it cannot expire before, at ${iso(after.expires)}`,
    );
  }
  const mayReplace = REPLACEABLE[after.storageType] === before.storageType;
  if (!mayReplace && before.storageType !== after.storageType) {
    return conflict(`it is of the kind ${before.storageType}: ${after.storageType} cannot replace that`);
  }
  if (!mayReplace && !isDeepStrictEqual(given(before), given(after))) {
    return conflict('it is another one: what an artifact is cannot change');
  }
  if (mayReplace) {
    // A link takes over what the reference said of its content.
    const contentType = isLink && after.contentType === UNKNOWN_TYPE ? before.contentType : after.contentType;
    return { ...after, contentType };
  }
  const { uploadUntil } = after;
  return {
    ...before,
    expires: after.expires,
    ...(!before.present && uploadUntil !== undefined && { uploadUntil }),
  };
}

/** What its creator said of it, without what was made for it. */
const given = ({ storageType, details, contentLength }: ArtifactRecord): unknown =>
  storageType === 's3' || storageType === 'object' ? { contentLength } : { details };
