import { randomUUID } from 'node:crypto';

/** A request that has arrived whole. */
export interface Call {
  readonly method: string;
  /** As it was sent, with its query. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are; anything else as JSON. */
  readonly body?: unknown;
}

export interface ServedObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly createdAt: number;
  readonly contentType: string;
  /** `opc-meta-…` → text. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly digest: Readonly<Record<string, string>>;
}

export interface ServedUpload {
  readonly id: string;
  readonly object: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
}

export interface ServedAccess {
  readonly id: string;
  readonly token: string;
  readonly name: string;
  readonly objectName: string | undefined;
  readonly accessType: string;
  readonly expiresAt: number;
  readonly createdAt: number;
}

/** One bucket. */
export interface Bucket {
  readonly namespace: string;
  readonly name: string;
  readonly objects: Map<string, ServedObject>;
  readonly uploads: Map<string, ServedUpload>;
  /** Pre-authenticated requests by id. */
  readonly accesses: Map<string, ServedAccess>;
  /** At most that many are in a page, whatever is asked for. */
  readonly pageLimit: number;
  /** Whether the addresses of pre-authenticated requests hold names as they are. */
  readonly rawAddresses: boolean;
  now(): number;
}

/** An error as the service writes it. */
export const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  body: { code, message },
});

export const newEtag = (): string => randomUUID();

export const time = (at: number): string => new Date(at).toISOString();

/** The conditions of a request that changes something. */
export function checkConditions(call: Call, found: ServedObject | undefined): Reply | undefined {
  const ifMatch = call.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== found?.etag)
    return refusal(412, 'IfMatchFailed', 'The If-Match header does not match the ETag of the object.');
  const ifNoneMatch = call.headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    return refusal(400, 'InvalidHeader', 'The only valid value of If-None-Match is an asterisk.');
  if (ifNoneMatch === '*' && found !== undefined)
    return refusal(412, 'IfNoneMatchFailed', 'The object exists already.');
  return undefined;
}

/** A page of a listing; `undefined` where the limit is none. */
export function pageSize(call: Call, bucket: Bucket): number | undefined {
  const limit = Number(call.query.get('limit') ?? '1000');
  return Number.isInteger(limit) && limit >= 1 && limit <= 1000
    ? Math.min(limit, bucket.pageLimit)
    : undefined;
}
