import { createHash } from 'node:crypto';
import { queryValue, S3Refusal, type S3Request } from './s3-server-request.ts';
import { xmlDocument } from './s3-server-xml.ts';

/** An object as the server has it. */
export interface S3Object {
  readonly bytes: Buffer;
  /** With its quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch, whole seconds as HTTP tells them. */
  readonly modifiedAt: number;
  /** What came with it and is told back: its type, its metadata. */
  readonly fields: ReadonlyMap<string, string>;
  /** What it was asked for: `private`. */
  readonly acl: string | undefined;
  /** `AES256` */
  readonly encryption: string | undefined;
}

export interface S3Upload {
  readonly key: string;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
  readonly headers: S3Request['headers'];
}

export interface S3Bucket {
  /** Whether objects may be put with an ACL; buckets that AWS makes today refuse it. */
  readonly takesAcls: boolean;
  /** What parts other than the last one have to be at least. */
  readonly minPartBytes: number;
  /** Whether the server encrypts; others than AWS's often do not. */
  readonly encrypts: boolean;
  readonly objects: Map<string, S3Object>;
  /** Multipart uploads that were begun and neither completed nor taken back. */
  readonly uploads: Map<string, S3Upload>;
}

export interface S3Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();
export const etagOf = (bytes: Buffer): string => `"${md5(bytes).toString('hex')}"`;

const KEPT = /^(?:x-amz-meta-|content-type$|cache-control$|content-disposition$)/;

/** Makes an object of a content and of the headers that it, or its upload, came with. */
export function makeObject(
  bytes: Buffer,
  {
    headers,
    etag,
    now,
  }: { readonly headers: S3Request['headers']; readonly etag: string; readonly now: number },
): S3Object {
  const encryption = headers.get('x-amz-server-side-encryption');
  if (encryption !== undefined && encryption !== 'AES256') {
    throw new S3Refusal(400, 'InvalidEncryptionAlgorithmError', 'The encryption request is not valid.');
  }
  return {
    bytes,
    etag,
    modifiedAt: Math.floor(now / 1000) * 1000,
    fields: new Map([...headers].filter(([name]) => KEPT.test(name))),
    acl: headers.get('x-amz-acl'),
    encryption,
  };
}

/** What a bucket takes of the headers that an object begins with. Throws `S3Refusal`. */
export function checkNewObject({ takesAcls, encrypts }: S3Bucket, { headers }: S3Request): void {
  const acl = headers.get('x-amz-acl');
  if (!takesAcls && acl !== undefined && acl !== 'bucket-owner-full-control') {
    throw new S3Refusal(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (!encrypts && headers.has('x-amz-server-side-encryption')) {
    const message = 'Server side encryption specified but KMS is not configured';
    throw new S3Refusal(501, 'NotImplemented', message);
  }
}

/** `If-Match` and `If-None-Match` of a request that writes. Throws `S3Refusal`. */
export function checkWriteConditions({ headers }: S3Request, found: S3Object | undefined): void {
  const failed = (condition: string): S3Refusal =>
    new S3Refusal(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      {
        Condition: condition,
      },
    );
  const [match, noneMatch] = [headers.get('if-match'), headers.get('if-none-match')];
  if (match !== undefined && found === undefined) throw noSuchKey();
  if (match !== undefined && match !== '*' && match !== found?.etag) throw failed('If-Match');
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Refusal(501, 'NotImplemented', 'If-None-Match takes only * here');
  }
  if (noneMatch !== undefined && found !== undefined) throw failed('If-None-Match');
}

export const noSuchKey = (): S3Refusal =>
  new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.');

export function putObject(bucket: S3Bucket, request: S3Request, { bytes, now }: Written): S3Reply {
  checkNewObject(bucket, request);
  checkWriteConditions(request, bucket.objects.get(request.key));
  const object = makeObject(bytes, { headers: request.headers, etag: etagOf(bytes), now });
  bucket.objects.set(request.key, object);
  return { status: 200, headers: { ETag: object.etag, ...encryptionOf(object) } };
}

/** What came with a request that writes, and when. */
export interface Written {
  readonly bytes: Buffer;
  readonly now: number;
}

const encryptionOf = ({ encryption }: Pick<S3Object, 'encryption'>): Record<string, string> =>
  encryption === undefined ? {} : { 'x-amz-server-side-encryption': encryption };

/** GET and HEAD. */
export function getObject(bucket: S3Bucket, request: S3Request): S3Reply {
  const object = bucket.objects.get(request.key);
  if (object === undefined) throw noSuchKey();
  const { headers } = request;
  const match = headers.get('if-match');
  if (match !== undefined && match !== '*' && match !== object.etag) {
    throw new S3Refusal(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
    );
  }
  const known = {
    ETag: object.etag,
    'Last-Modified': new Date(object.modifiedAt).toUTCString(),
    'Accept-Ranges': 'bytes',
    ...encryptionOf(object),
  };
  if (headers.get('if-none-match') === object.etag) return { status: 304, headers: known };
  const all = { ...known, 'content-type': 'binary/octet-stream', ...Object.fromEntries(object.fields) };
  const range = rangeOf(headers.get('range'), object.bytes.length);
  if (range === undefined) return { status: 200, headers: all, body: object.bytes };
  const { start, end } = range;
  const contentRange = `bytes ${start}-${end - 1}/${object.bytes.length}`;
  return {
    status: 206,
    headers: { ...all, 'Content-Range': contentRange },
    body: object.bytes.subarray(start, end),
  };
}

/** One range, as S3 takes them; one that means nothing counts as none. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size) throw new S3Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

export function deleteObject(bucket: S3Bucket, request: S3Request): S3Reply {
  const match = request.headers.get('if-match');
  if (match !== undefined) checkWriteConditions(request, bucket.objects.get(request.key));
  bucket.objects.delete(request.key);
  return { status: 204 };
}

const MAX_KEYS = 1000;

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function listObjects(name: string, bucket: S3Bucket, request: S3Request): S3Reply {
  const asked = (parameter: string): string | undefined => queryValue(request, parameter);
  if (asked('delimiter')) throw new S3Refusal(501, 'NotImplemented', 'This server lists without delimiters');
  const [prefix = '', startAfter = '', token] = [
    asked('prefix'),
    asked('start-after'),
    asked('continuation-token'),
  ];
  const after = token === undefined ? startAfter : Buffer.from(token, 'base64url').toString();
  const limit = Math.min(MAX_KEYS, Number(asked('max-keys') ?? MAX_KEYS));
  const all = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0);
  const page = all.sort(byBytes).slice(0, limit);
  const last = page.length < all.length ? page.at(-1) : undefined;
  const isEncoded = asked('encoding-type') === 'url';
  const shown = (key: string): string => (isEncoded ? encodeURIComponent(key).replaceAll('%20', '+') : key);
  const body = xmlDocument('ListBucketResult', [
    ['Name', name],
    ['Prefix', shown(prefix)],
    ['StartAfter', shown(startAfter)],
    ['KeyCount', page.length],
    ['MaxKeys', limit],
    ['EncodingType', isEncoded ? 'url' : undefined],
    ['IsTruncated', last !== undefined],
    ['NextContinuationToken', last && Buffer.from(last).toString('base64url')],
    ...page.map((key) => ['Contents', listed(shown(key), bucket.objects.get(key))] as const),
  ]);
  return { status: 200, headers: { 'Content-Type': 'application/xml' }, body };
}

const listed = (key: string, object: S3Object | undefined) =>
  [
    ['Key', key],
    ['LastModified', object && new Date(object.modifiedAt).toISOString()],
    ['ETag', object?.etag],
    ['Size', object?.bytes.length],
    ['StorageClass', 'STANDARD'],
  ] as const;
