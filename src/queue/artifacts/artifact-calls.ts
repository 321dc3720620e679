import { createHash, randomUUID } from 'node:crypto';
import type { Database, Row, SqlValue } from '../../database/index.ts';
import type { StorageType } from '../../queue-api/index.ts';
import type { Clock } from '../clock.ts';
import { QueueError } from '../error.ts';
import { pageOf, startOf } from '../lists/pages.ts';
import type { ArtifactRecord, Queue } from '../queue.ts';
import {
  ARTIFACT,
  ARTIFACT_PAGE,
  FINISH_ARTIFACT,
  INSERT_ARTIFACT,
  REPLACE_ARTIFACT,
} from '../sql/artifacts.ts';
import { persistently } from '../tasks/persistently.ts';
import { noSuchTask, type TaskStore } from '../tasks/task-store.ts';
import { checkRun, newRecord, replaced } from './artifact-rules.ts';

type ArtifactCalls = Pick<Queue, 'createArtifact' | 'finishArtifact' | 'artifact' | 'artifacts'>;

const MAX_TRIES = 20;

export const artifactOf = (row: Row): ArtifactRecord => ({
  taskId: String(row['task_id']),
  runId: Number(row['run_id']),
  name: String(row['name']),
  storageType: row['storage_type'] as StorageType, // written by `rowOf`
  contentType: String(row['content_type']),
  ...(row['content_length'] !== null && { contentLength: Number(row['content_length']) }),
  expires: Number(row['expires']),
  present: Boolean(row['present']),
  details: JSON.parse(String(row['details'])),
});

const rowOf = (record: ArtifactRecord): readonly SqlValue[] => [
  record.taskId,
  record.runId,
  record.name,
  record.storageType,
  record.contentType,
  record.contentLength ?? null,
  record.expires,
  record.present,
  JSON.stringify(record.details),
];

/** The bytes of an artifact are below its task and run; its name may be anything, and its place is only the server's to know. */
const keyOf = (taskId: string, runId: number, name: string): string =>
  `tasks/${taskId}/${runId}/${createHash('sha256').update(name).digest('base64url')}`;

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
    const after = replaced(before, record);
    const seen = [before.storageType, before.expires, JSON.stringify(before.details)];
    const made = await database.query(REPLACE_ARTIFACT, [...rowOf(after), ...seen]);
    return made.length > 0 ? after : undefined;
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
      checkRun(await store.record(taskId), { taskId, runId, expires }, now);
      const made = { key: keyOf(taskId, runId, name), uploadId: randomUUID() };
      const record = newRecord(request, { taskId, runId, name }, made);
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const kept = await persistently(() => putOnce(record));
        if (kept !== undefined) return kept;
      }
      throw new QueueError('RequestConflict', `Artifact "${name}" changes too often: try again`);
    },
    async finishArtifact(taskId, runId, name, uploadId) {
      const record = await find(taskId, runId, name);
      if (record?.storageType !== 'object') {
        throw new QueueError('ResourceNotFound', `Run ${runId} of task ${taskId} has no upload of "${name}"`);
      }
      if (record.details['uploadId'] !== uploadId) {
        throw new QueueError('InputError', `The upload of "${name}" has another uploadId`);
      }
      const values = [taskId, runId, name, JSON.stringify(record.details)];
      await persistently(() => database.query(FINISH_ARTIFACT, values));
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
