import { createHash, type Hash, randomUUID } from 'node:crypto';
import type { ObjectStore } from '../../store/index.ts';
import { QueueError } from '../error.ts';
import type { ArtifactRecord, Queue } from '../queue.ts';
import { type OfRun, objectName } from './object-name.ts';
import {
  asUploaded,
  bytesOf,
  checkHashes,
  type Hashes,
  isUploaded,
  type StoredBytes,
  withBytes,
} from './upload-facts.ts';

/** Where objects are: what is known of them, and their bytes. */
export interface ObjectPlaces {
  readonly queue: Pick<Queue, 'upload' | 'noteUpload'>;
  readonly store: ObjectStore;
}

const MAX_TRIES = 20;

/** The record of an object, whose upload may go on. Throws `ResourceNotFound`. */
export async function knownObject(
  { queue }: Pick<ObjectPlaces, 'queue'>,
  of: OfRun,
): Promise<ArtifactRecord> {
  const record = await queue.upload(of.taskId, of.runId, of.name);
  if (record !== undefined) return record;
  throw new QueueError('ResourceNotFound', `There is no object ${objectName(of)}.`);
}

/** The same while it can be uploaded to. Throws `ResourceNotFound` and `RequestConflict`. */
export async function openUpload(on: Pick<ObjectPlaces, 'queue'>, of: OfRun): Promise<ArtifactRecord> {
  const record = await knownObject(on, of);
  if (!isUploaded(record)) return record;
  throw new QueueError('RequestConflict', `The upload of ${objectName(of)} is finished: it cannot change.`);
}

/**
 * Changes what is known of an upload that goes on, and gives what was known before. `change` is called again where somebody
 * else was faster. Throws as `openUpload` does.
 */
export async function changeUpload(
  on: Pick<ObjectPlaces, 'queue'>,
  of: OfRun,
  change: (record: ArtifactRecord) => ArtifactRecord['details'],
): Promise<ArtifactRecord> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const record = await openUpload(on, of);
    if ((await on.queue.noteUpload(record, change(record))) !== undefined) return record;
  }
  throw tooBusy(of);
}

const tooBusy = (of: OfRun): QueueError =>
  new QueueError('RequestConflict', `The object ${objectName(of)} changes too often: try again.`);

/**
 * Stores bytes for an upload, in the place of those that it may have. Each attempt has a key of its own: one that was slower
 * than the end of the upload changes nothing.
 */
export async function storeBytes(
  on: ObjectPlaces,
  of: OfRun,
  {
    content,
    mediaType,
    sizeBytes,
  }: { content: AsyncIterable<Uint8Array>; mediaType: string; sizeBytes: number },
): Promise<StoredBytes> {
  const { details } = await openUpload(on, of);
  const key = `${details['key']}/${randomUUID()}`;
  const sha512 = createHash('sha512');
  const { sha256 } = await on.store.put(key, hashed(content, sha512), { sizeBytes });
  const bytes = { key, mediaType, sizeBytes, sha256, sha512: sha512.digest('hex') };
  const before = await changeUpload(on, of, (record) => withBytes(record.details, bytes)).catch(
    async (error: unknown) => {
      if (error instanceof QueueError) await on.store.remove(key); // otherwise it may have been noted
      throw error;
    },
  );
  const old = bytesOf(before);
  if (old !== undefined && old.key !== key) await on.store.remove(old.key);
  return bytes;
}

async function* hashed(content: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

/** What ends an upload. */
export interface FinishRequest {
  readonly projectId: string;
  readonly uploadId: string;
  readonly hashes: Hashes;
}

/** Ends an upload, if what was stored is what its creator says. Again: the same. */
export async function finishUpload(on: ObjectPlaces, of: OfRun, request: FinishRequest): Promise<void> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const record = await knownObject(on, of);
    requireUpload(record, request);
    const bytes = bytesOf(record);
    if (bytes === undefined || (await on.store.head(bytes.key)) === undefined)
      throw new QueueError('InputError', `Nothing was uploaded for ${objectName(of)} yet.`);
    checkHashes(record, bytes, request.hashes);
    if (isUploaded(record)) return;
    if ((await on.queue.noteUpload(record, asUploaded(record.details))) !== undefined) return;
  }
  throw tooBusy(of);
}

/** Throws `RequestConflict` where an upload is another one. */
export function requireUpload(
  record: ArtifactRecord,
  { projectId, uploadId }: Pick<FinishRequest, 'projectId' | 'uploadId'>,
): void {
  const conflict = (what: string): QueueError =>
    new QueueError('RequestConflict', `The object ${objectName(record)} has another ${what}.`);
  if (record.details['projectId'] !== projectId) throw conflict('projectId');
  if (record.details['uploadId'] !== uploadId) throw conflict('uploadId');
}
