import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { notAllowed, read } from './oci-server-objects.ts';
import {
  type Bucket,
  type Call,
  pageSize,
  type Reply,
  refusal,
  type ServedAccess,
  time,
} from './oci-server-state.ts';
import { parseBody, unreadable } from './oci-server-uploads.ts';

const Details = z.object({
  name: z.string().min(1),
  objectName: z.string().min(1).optional(),
  accessType: z.enum(['ObjectRead', 'ObjectWrite', 'ObjectReadWrite', 'AnyObjectWrite', 'AnyObjectRead']),
  timeExpires: z.iso.datetime({ offset: true }),
});

/** `…/p/` and `…/p/ID`: pre-authenticated requests. */
export function serveAccess(bucket: Bucket, call: Call, id: string): Reply {
  if (id === '') {
    if (call.method === 'POST') return create(bucket, call);
    return call.method === 'GET' ? list(bucket, call) : notAllowed;
  }
  const access = bucket.accesses.get(id);
  if (access === undefined) return refusal(404, 'NotAuthorizedOrNotFound', 'There is no such request.');
  if (call.method === 'GET') return { status: 200, body: summary(access) };
  if (call.method !== 'DELETE') return notAllowed;
  bucket.accesses.delete(id);
  return { status: 204 };
}

/** What comes with such a request's own address, without a signature. */
export function serveByAccess(bucket: Bucket, call: Call, token: string, name: string): Reply {
  const access = [...bucket.accesses.values()].find((one) => one.token === token);
  const isGood =
    access !== undefined &&
    access.expiresAt > bucket.now() &&
    access.accessType === 'ObjectRead' &&
    access.objectName === name;
  if (!isGood) return refusal(404, 'NotAuthenticated', 'PAR does not exist');
  return call.method === 'GET' || call.method === 'HEAD' ? read(bucket, call, name) : notAllowed;
}

function create(bucket: Bucket, call: Call): Reply {
  const details = parseBody(Details, call);
  if (details === undefined) return unreadable;
  const expiresAt = Date.parse(details.timeExpires);
  if (expiresAt <= bucket.now())
    return refusal(400, 'InvalidExpiration', 'The request would have expired already.');
  const access: ServedAccess = {
    id: `${randomBytes(32).toString('base64')}:${details.objectName ?? ''}`,
    token: randomBytes(48).toString('base64url'),
    name: details.name,
    objectName: details.objectName,
    accessType: details.accessType,
    expiresAt,
    createdAt: bucket.now(),
  };
  bucket.accesses.set(access.id, access);
  const { objectName = '' } = details;
  const name = bucket.rawAddresses ? objectName : encodeURIComponent(objectName).replaceAll('%2F', '/');
  const accessUri = `/p/${access.token}/n/${bucket.namespace}/b/${bucket.name}/o/${name}`;
  return { status: 200, body: { ...summary(access), accessUri } };
}

const summary = (access: ServedAccess): object => ({
  id: access.id,
  name: access.name,
  objectName: access.objectName ?? null,
  accessType: access.accessType,
  bucketListingAction: null,
  timeExpires: time(access.expiresAt),
  timeCreated: time(access.createdAt),
});

function list(bucket: Bucket, call: Call): Reply {
  const size = pageSize(call, bucket);
  const start = Number(call.query.get('page') ?? '0');
  if (size === undefined || !Number.isInteger(start))
    return refusal(400, 'InvalidParameter', 'The limit or the page of the listing is not valid.');
  const all = [...bucket.accesses.values()];
  const next = start + size < all.length ? { 'opc-next-page': String(start + size) } : {};
  return { status: 200, headers: next, body: all.slice(start, start + size).map(summary) };
}
