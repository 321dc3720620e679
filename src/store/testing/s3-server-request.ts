import type { IncomingMessage } from 'node:http';

/** A request as it came in: nothing is normalised, because the signature covers what was sent. */
export interface S3Request {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; what came twice is joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Absent for what is about all buckets. */
  readonly bucket: string;
  /** Empty for what is about the bucket. */
  readonly key: string;
  readonly operation: S3Operation;
}

export type S3Operation =
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'HeadBucket'
  | 'ListObjectsV2'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListParts'
  | 'ListMultipartUploads'
  | 'Unknown';

/** What S3 says instead of doing it. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** More elements of the answer, and headers. */
  readonly details: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'S3Refusal';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export function queryValue(request: S3Request, name: string): string | undefined {
  return request.query.find(([found]) => found === name)?.[1];
}

/** Takes the head of a request apart; buckets are the first part of the path. */
export function readRequest(message: IncomingMessage): S3Request {
  const [path = '', rawQuery = ''] = (message.url ?? '').split(/\?(.*)/s);
  const query = rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [decoded(name), decoded(value)];
    });
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decoded(path)) ?? [];
  const method = message.method ?? '';
  const names = new Set(query.map(([name]) => name));
  return {
    method,
    path,
    query,
    headers: headersOf(message),
    bucket,
    key,
    operation: operationOf(
      method,
      key,
      names,
      query.some(([name, value]) => name === 'list-type' && value === '2'),
    ),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

function headersOf({ rawHeaders }: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const before = headers.get(name);
    const value = rawHeaders[i + 1] ?? '';
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

function operationOf(
  method: string,
  key: string,
  names: ReadonlySet<string>,
  isSecondListing: boolean,
): S3Operation {
  if (key === '') {
    if (method === 'HEAD') return 'HeadBucket';
    if (method === 'GET' && names.has('uploads')) return 'ListMultipartUploads';
    return method === 'GET' && isSecondListing ? 'ListObjectsV2' : 'Unknown';
  }
  const isUpload = names.has('uploadId');
  if (method === 'POST') {
    if (names.has('uploads')) return 'CreateMultipartUpload';
    return isUpload ? 'CompleteMultipartUpload' : 'Unknown';
  }
  if (method === 'PUT') return isUpload ? 'UploadPart' : 'PutObject';
  if (method === 'DELETE') return isUpload ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'HEAD') return 'HeadObject';
  if (method === 'GET') return isUpload ? 'ListParts' : 'GetObject';
  return 'Unknown';
}
