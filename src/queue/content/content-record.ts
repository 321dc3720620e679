import { QueueError } from '../error.ts';
import { bytesOf, isUploaded } from '../objects/index.ts';
import type { StreamCall } from '../own-routes/stream-route.ts';
import type { ArtifactRecord, Queue } from '../queue.ts';
import { current, present } from '../routes/follow-links.ts';
import { checkSignature } from './content-signature.ts';

interface Checked {
  readonly use: 'get' | 'put' | 'upload';
  readonly contentType: string;
  /** That is declared for an upload. */
  readonly length?: string;
  readonly key: Buffer;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Throws `AuthenticationFailed` where an address is not signed for what is asked. */
export function requireSignature(
  call: StreamCall,
  { use, contentType, length = '', key, now }: Checked,
): void {
  const { taskId, runId, name, query } = call;
  const { expires, signature } = query;
  if (expires === undefined || signature === undefined) {
    throw new QueueError(
      'AuthenticationFailed',
      'The address has no signature: ask the queue for one that has.',
    );
  }
  const content = { use, taskId, runId, name, contentType, length, expires };
  const trouble = checkSignature(key, content, signature, now);
  if (trouble === undefined) return;
  const message =
    trouble === 'expired'
      ? `The address expired at ${new Date(Number(expires) * 1000).toISOString()}: ask the queue for another one.`
      : use !== 'get'
        ? 'The signature does not fit: the address was changed, or the content-type is not the one that was declared.'
        : 'The signature does not fit: the address was changed.';
  throw new QueueError('AuthenticationFailed', message);
}

/** An `s3` artifact, and the key of its bytes. Throws `ResourceNotFound`, `ResourceExpired`. */
export async function storedRecord(
  { taskId, runId, name }: StreamCall,
  queue: Queue,
  now: number,
): Promise<{ readonly record: ArtifactRecord; readonly key: string }> {
  const record = await present(queue, { taskId, runId, name, now });
  const key = record.details['key'];
  if (record.storageType === 's3' && key !== undefined) return { record, key };
  throw noContent({ taskId, runId, name });
}

/** Bytes that can be read, and their type. */
export interface ReadableContent {
  readonly key: string;
  readonly contentType: string;
}

/**
 * What there is to read of an artifact. Whoever has a signed address may read an object already before its artifact can be
 * seen. Throws `ResourceNotFound`, `ResourceExpired`.
 */
export async function readableContent(call: StreamCall, queue: Queue, now: number): Promise<ReadableContent> {
  const { taskId, runId, name, query } = call;
  let known = await queue.artifact(taskId, runId, name);
  if (known === undefined && query['signature'] !== undefined)
    known = await queue.upload(taskId, runId, name);
  const record = current(known, { taskId, runId, name, now });
  const { contentType, details } = record;
  if (record.storageType === 's3' && details['key'] !== undefined)
    return { key: details['key'], contentType };
  const bytes = isUploaded(record) ? bytesOf(record) : undefined;
  if (bytes === undefined) throw noContent(call);
  return { key: bytes.key, contentType: bytes.mediaType };
}

export const noContent = ({
  taskId,
  runId,
  name,
}: Pick<StreamCall, 'taskId' | 'runId' | 'name'>): QueueError =>
  new QueueError(
    'ResourceNotFound',
    `There are no bytes of the artifact ${name} of run ${runId} of the task ${taskId}.`,
  );
