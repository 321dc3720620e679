import { createHash } from 'node:crypto';
import type { Clock, Database, Row, SqlValue } from '../../database/index.ts';
import { newTaskId, type StorageType } from '../../queue-api/index.ts';
import { QueueError } from '../error.ts';
import { pageOf, startOf } from '../lists/pages.ts';
import type { ArtifactRecord, Queue } from '../queue.ts';
import { ARTIFACT, ARTIFACT_PAGE, INSERT_ARTIFACT, NOTE_STORED, REPLACE_ARTIFACT } from '../sql/artifacts.ts';
import { persistently } from '../tasks/persistently.ts';
import { noSuchTask, type TaskStore } from '../tasks/task-store.ts';
import { checkRun, newRecord, replaced } from './artifact-rules.ts';

type ArtifactCalls = Pick<
  Queue,
  'createArtifact' | 'finishArtifact' | 'upload' | 'noteUpload' | 'noteStored' | 'artifact' | 'artifacts'
>;

const MAX_TRIES = 20;
const UPLOAD_MS = 24 * 60 * 60_000;

const LASTS_UNTIL = 'lastsUntil';

export const artifactOf = (row: Row): ArtifactRecord => ({
  taskId: String(row['task_id']),
  runId: Number(row['run_id']),
  name: String(row['name']),
  storageType: row['storage_type'] as StorageType, // written by `rowOf`
  contentType: String(row['content_type']),
  ...(row['content_length'] !== null && { contentLength: Number(row['content_length']) }),
  ...standingOf(row),
});

/**
 * Of an upload that is not finished, the row expires when it is given up, so that whatever looks for what has expired finds
 * it too. Until when the artifact is to last is among its details meanwhile.
 */
function standingOf(row: Row): Pick<ArtifactRecord, 'present' | 'expires' | 'uploadUntil' | 'details'> {
  const { [LASTS_UNTIL]: lastsUntil, ...details } = JSON.parse(String(row['details']));
  const expires = Number(row['expires']);
  if (row['present']) return { present: true, expires, details };
  return { present: false, expires: Number(lastsUntil), uploadUntil: expires, details };
}

const rowExpires = ({ expires, uploadUntil }: ArtifactRecord): number => uploadUntil ?? expires;

const rowDetails = ({ details, uploadUntil, expires }: ArtifactRecord): string =>
  JSON.stringify(uploadUntil === undefined ? details : { ...details, [LASTS_UNTIL]: String(expires) });

const rowOf = (record: ArtifactRecord): readonly SqlValue[] => [
  record.taskId,
  record.runId,
  record.name,
  record.storageType,
  record.contentType,
  record.contentLength ?? null,
  rowExpires(record),
  record.present,
  rowDetails(record),
];

/** The bytes of an artifact are below its task and run; its name may be anything, and its place is only the server's to know. */
const keyOf = (taskId: string, runId: number, name: string): string =>
  `tasks/${taskId}/${runId}/${createHash('sha256').update(name).digest('base64url')}`;

/** Does what somebody else may have been faster at until it is done. */
async function settled<T>(name: string, once: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const kept = await persistently(once);
    if (kept !== undefined) return kept;
  }
  throw new QueueError('RequestConflict', `Artifact "${name}" changes too often: try again`);
}

/** Records of artifacts. */
export function createArtifactCalls(database: Database, clock: Clock, store: TaskStore): ArtifactCalls {
  async function find(taskId: string, runId: number, name: string): Promise<ArtifactRecord | undefined> {
    const [row] = await database.query(ARTIFACT, [taskId, runId, name]);
    return row && artifactOf(row);
  }

  /** What is there then; `undefined`: somebody else was faster. */
  async function putOnce(record: ArtifactRecord): Promise<ArtifactRecord | undefined> {
    const before = await find(record.taskId, record.runId, record.name);
    if (before === undefined) {
      const made = await database.query(INSERT_ARTIFACT, rowOf(record));
      return made.length > 0 ? record : undefined;
    }
    return await replace(before, replaced(before, record));
  }

  /** `undefined`: what is there is not what was seen before. */
  async function replace(before: ArtifactRecord, after: ArtifactRecord): Promise<ArtifactRecord | undefined> {
    const seen = [before.storageType, rowExpires(before), rowDetails(before)];
    const made = await database.query(REPLACE_ARTIFACT, [...rowOf(after), ...seen]);
    return made.length > 0 ? after : undefined;
  }

  async function upload(taskId: string, runId: number, name: string): Promise<ArtifactRecord | undefined> {
    const record = await find(taskId, runId, name);
    const isGoing = record?.storageType === 'object' && rowExpires(record) > clock.now();
    return isGoing ? record : undefined;
  }

  /** `undefined`: it changes this moment. */
  async function finishOnce(record: ArtifactRecord): Promise<ArtifactRecord | undefined> {
    const { uploadUntil: _over, ...rest } = record;
    return record.present ? record : await replace(record, { ...rest, present: true });
  }

  async function lastRunOf(taskId: string): Promise<number | undefined> {
    const record = await store.record(taskId);
    return record && record.runs.length - 1;
  }

  return {
    async createArtifact(taskId, runId, name, request) {
      const expires = Date.parse(request.expires);
      if (Number.isNaN(expires))
        throw new QueueError('InputError', '"expires" is no date: expected one in ISO 8601');
      const now = clock.now();
      if (expires <= now)
        throw new QueueError('InputError', `"expires" is ${request.expires}: that has passed`);
      const { projectId } = checkRun(await store.record(taskId), { taskId, runId, expires }, now);
      const uploadUntil = Math.min(expires, now + UPLOAD_MS);
      const made = { key: keyOf(taskId, runId, name), uploadId: newTaskId(), projectId, uploadUntil };
      const record = newRecord(request, { taskId, runId, name }, made);
      return await settled(name, () => putOnce(record));
    },
    async finishArtifact(taskId, runId, name, uploadId) {
      await settled(name, async () => {
        const record = await upload(taskId, runId, name);
        if (record === undefined) {
          throw new QueueError(
            'ResourceNotFound',
            `Run ${runId} of task ${taskId} has no upload of "${name}"`,
          );
        }
        if (record.details['uploadId'] !== uploadId)
          throw new QueueError('InputError', `The upload of "${name}" has another uploadId`);
        if (record.details['uploaded'] === undefined)
          throw new QueueError(
            'InputError',
            `The upload of "${name}" goes on: its object is not finished yet`,
          );
        return await finishOnce(record);
      });
    },
    upload,
    noteUpload: (record, details) => persistently(() => replace(record, { ...record, details })),
    async noteStored({ taskId, runId, name }, bytes) {
      await persistently(() => database.query(NOTE_STORED, [taskId, runId, name, bytes]));
    },
    async artifact(taskId, runId, name) {
      const run = runId ?? (await lastRunOf(taskId));
      const record = run === undefined ? undefined : await find(taskId, run, name);
      return record?.present ? record : undefined;
    },
    async artifacts(taskId, runId, page) {
      const task = await store.record(taskId);
      if (task === undefined) throw noSuchTask(taskId);
      const run = runId ?? task.runs.length - 1;
      if (task.runs[run] === undefined) {
        throw new QueueError('ResourceNotFound', `Task ${taskId} has no run ${Math.max(run, 0)}`);
      }
      const start = startOf(page, ['']);
      const rows = await database.query(ARTIFACT_PAGE, [taskId, run, ...start.after, start.limit + 1]);
      return pageOf(rows, start, { show: artifactOf, keyOf: (row) => [String(row['name'])] });
    },
  };
}
