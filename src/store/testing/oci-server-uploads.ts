import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { checkBytes, md5, metadataOf, notAllowed, written } from './oci-server-objects.ts';
import {
  type Bucket,
  type Call,
  checkConditions,
  newEtag,
  type Reply,
  refusal,
  type ServedObject,
  type ServedUpload,
  time,
} from './oci-server-state.ts';

const Details = z.object({
  object: z.string().min(1),
  contentType: z.string().optional(),
  metadata: z.record(z.string().startsWith('opc-meta-'), z.string()).optional(),
});

const Commit = z.object({
  partsToCommit: z.array(z.object({ partNum: z.number().int().min(1).max(10_000), etag: z.string() })).min(1),
});

/** `…/u` and `…/u/NAME`: uploads in parts. */
export function serveUpload(bucket: Bucket, call: Call, name: string): Reply {
  if (name === '') {
    if (call.method === 'POST') return begin(bucket, call);
    return call.method === 'GET' ? list(bucket) : notAllowed;
  }
  const upload = bucket.uploads.get(call.query.get('uploadId') ?? '');
  if (upload === undefined || upload.object !== name)
    return refusal(404, 'NoSuchUpload', 'There is no such multipart upload.');
  switch (call.method) {
    case 'PUT':
      return putPart(call, upload);
    case 'POST':
      return commit(bucket, call, upload);
    case 'DELETE':
      bucket.uploads.delete(upload.id);
      return { status: 204 };
    default:
      return notAllowed;
  }
}

export function parseBody<T>(schema: z.ZodType<T>, { body }: Call): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}

export const unreadable = refusal(400, 'CannotParseRequest', 'The request body is not what was expected.');

function begin(bucket: Bucket, call: Call): Reply {
  const details = parseBody(Details, call);
  if (details === undefined) return unreadable;
  const refused = checkConditions(call, bucket.objects.get(details.object));
  if (refused) return refused;
  const upload: ServedUpload = {
    id: randomUUID(),
    object: details.object,
    contentType: details.contentType ?? 'application/octet-stream',
    metadata: metadataOf(Object.entries(details.metadata ?? {})),
    parts: new Map(),
  };
  bucket.uploads.set(upload.id, upload);
  return { status: 200, body: summary(bucket, upload) };
}

const summary = (bucket: Bucket, upload: ServedUpload): object => ({
  namespace: bucket.namespace,
  bucket: bucket.name,
  object: upload.object,
  uploadId: upload.id,
  timeCreated: time(bucket.now()),
  storageTier: 'Standard',
});

const list = (bucket: Bucket): Reply => ({
  status: 200,
  body: [...bucket.uploads.values()].map((upload) => summary(bucket, upload)),
});

function putPart(call: Call, upload: ServedUpload): Reply {
  const number = Number(call.query.get('uploadPartNum'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    return refusal(400, 'InvalidUploadPart', 'The number of the part is not valid.');
  const refused = checkBytes(call);
  if (refused) return refused;
  const part = { bytes: call.body, etag: newEtag() };
  upload.parts.set(number, part);
  return { status: 200, headers: { etag: part.etag, 'opc-content-md5': md5(call.body) } };
}

function commit(bucket: Bucket, call: Call, upload: ServedUpload): Reply {
  const asked = parseBody(Commit, call);
  if (asked === undefined) return unreadable;
  const refused = checkConditions(call, bucket.objects.get(upload.object));
  if (refused) return refused;
  const numbers = asked.partsToCommit.map(({ partNum }) => partNum).sort((a, b) => a - b);
  const isComplete =
    numbers.length === upload.parts.size &&
    new Set(numbers).size === numbers.length &&
    asked.partsToCommit.every(({ partNum, etag }) => upload.parts.get(partNum)?.etag === etag);
  if (!isComplete) return refusal(400, 'InvalidUploadPart', 'The parts are not those that were uploaded.');
  const parts = numbers.map((number) => upload.parts.get(number)?.bytes ?? Buffer.alloc(0));
  const digests = parts.map((bytes) => createHash('md5').update(bytes).digest());
  const multipart = `${md5(Buffer.concat(digests))}-${parts.length}`;
  const object: ServedObject = {
    bytes: Buffer.concat(parts),
    etag: newEtag(),
    createdAt: bucket.now(),
    contentType: upload.contentType,
    metadata: upload.metadata,
    digest: { 'opc-multipart-md5': multipart },
  };
  bucket.objects.set(upload.object, object);
  bucket.uploads.delete(upload.id);
  return { status: 200, headers: { ...written(object), 'opc-multipart-md5': multipart } };
}
