import { createHash } from 'node:crypto';
import {
  type Bucket,
  type Call,
  checkConditions,
  newEtag,
  pageSize,
  type Reply,
  refusal,
  type ServedObject,
  time,
} from './oci-server-state.ts';

const FIELDS = ['name', 'size', 'etag', 'md5', 'timecreated', 'timemodified', 'storagetier', 'archivalstate'];

export const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

/** `GET …/o` and `…/o/NAME`. */
export function serveObject(bucket: Bucket, call: Call, name: string): Reply {
  if (name === '') return call.method === 'GET' ? list(bucket, call) : notAllowed;
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return read(bucket, call, name);
    case 'PUT':
      return put(bucket, call, name);
    case 'DELETE':
      return remove(bucket, call, name);
    default:
      return notAllowed;
  }
}

export const notAllowed = refusal(405, 'MethodNotAllowed', 'The method is not allowed here.');

const absent = (bucket: Bucket, name: string): Reply =>
  refusal(404, 'ObjectNotFound', `The object '${name}' was not found in the bucket '${bucket.name}'`);

/** Also what a pre-authenticated request gives. */
export function read(bucket: Bucket, call: Call, name: string): Reply {
  const found = bucket.objects.get(name);
  if (found === undefined) return absent(bucket, name);
  const { bytes, etag } = found;
  const ifMatch = call.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== etag)
    return refusal(412, 'IfMatchFailed', 'The If-Match header does not match the ETag of the object.');
  const headers = {
    etag,
    'last-modified': new Date(found.createdAt).toUTCString(),
    'content-type': found.contentType,
    'accept-ranges': 'bytes',
    ...found.digest,
    ...found.metadata,
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(call.headers['range'] ?? '');
  if (range === null) return { status: 200, headers, body: bytes };
  const [start, last] = [Number(range[1]), Number(range[2] || bytes.length - 1)];
  if (start >= bytes.length || last < start)
    return refusal(416, 'InvalidRange', `The range is not within the ${bytes.length} bytes of the object`);
  const end = Math.min(last + 1, bytes.length);
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
    body: bytes.subarray(start, end),
  };
}

/** What is wrong with the bytes of an object or a part. */
export function checkBytes({ headers, body }: Call): Reply | undefined {
  if (headers['content-length'] === undefined)
    return refusal(411, 'MissingContentLength', 'The Content-Length header is required.');
  const expected = headers['content-md5'];
  if (expected === undefined || expected === md5(body)) return undefined;
  return refusal(
    400,
    'UnmatchedContentMD5',
    `The computed MD5 of the request body (${md5(body)}) does not match the Content-MD5 header (${expected})`,
  );
}

export const metadataOf = (entries: Iterable<readonly [string, unknown]>): Record<string, string> =>
  Object.fromEntries(
    [...entries]
      .filter(([name]) => name.startsWith('opc-meta-'))
      .map(([name, value]) => [name, String(value)]),
  );

function put(bucket: Bucket, call: Call, name: string): Reply {
  const refused = checkBytes(call) ?? checkConditions(call, bucket.objects.get(name));
  if (refused) return refused;
  const object: ServedObject = {
    bytes: call.body,
    etag: newEtag(),
    createdAt: bucket.now(),
    contentType: call.headers['content-type'] ?? 'application/octet-stream',
    metadata: metadataOf(Object.entries(call.headers)),
    digest: { 'content-md5': md5(call.body) },
  };
  bucket.objects.set(name, object);
  return { status: 200, headers: { ...written(object), 'opc-content-md5': md5(call.body) } };
}

export const written = (object: ServedObject): Record<string, string> => ({
  etag: object.etag,
  'last-modified': new Date(object.createdAt).toUTCString(),
});

function remove(bucket: Bucket, call: Call, name: string): Reply {
  const found = bucket.objects.get(name);
  if (found === undefined) return absent(bucket, name);
  const refused = checkConditions(call, found);
  if (refused) return refused;
  bucket.objects.delete(name);
  return { status: 204, headers: { 'last-modified': new Date(bucket.now()).toUTCString() } };
}

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

function list(bucket: Bucket, call: Call): Reply {
  const { query } = call;
  const size = pageSize(call, bucket);
  const fields = (query.get('fields') ?? 'name').toLowerCase().split(',');
  if (size === undefined || fields.some((field) => !FIELDS.includes(field)))
    return refusal(400, 'InvalidParameter', 'The limit or the fields of the listing are not valid.');
  const [prefix, start, startAfter, end] = ['prefix', 'start', 'startAfter', 'end'].map((name) =>
    query.get(name),
  );
  const names = [...bucket.objects.keys()]
    .filter((name) => name.startsWith(prefix ?? '') && compare(name, start ?? '') >= 0)
    .filter((name) => startAfter == null || compare(name, startAfter) > 0)
    .filter((name) => end == null || compare(name, end) < 0)
    .sort(compare);
  const next = names[size];
  return {
    status: 200,
    body: {
      objects: names.slice(0, size).map((name) => summary(bucket, name, fields)),
      prefixes: [],
      ...(next !== undefined && { nextStartWith: next }),
    },
  };
}

function summary(bucket: Bucket, name: string, fields: readonly string[]): Record<string, unknown> {
  const found = bucket.objects.get(name);
  const all: Record<string, unknown> = {
    size: found?.bytes.length,
    etag: found?.etag,
    md5: found?.digest['content-md5'] ?? null,
    timeCreated: time(found?.createdAt ?? 0),
    timeModified: time(found?.createdAt ?? 0),
    storageTier: 'Standard',
    archivalState: null,
  };
  const asked = Object.entries(all).filter(([field]) => fields.includes(field.toLowerCase()));
  return { name, ...Object.fromEntries(asked) };
}
