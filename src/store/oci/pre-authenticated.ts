import { randomUUID } from 'node:crypto';
import { headersOnly, json, protocolError, type ReadAnswer } from './answers.ts';
import type { OciClient } from './client.ts';
import { objectPath, pathPart } from './object-path.ts';
import { PreAuthenticatedRequest, PreAuthenticatedRequests } from './schema.ts';
import { storeError } from './trouble.ts';

/** Whoever knows its path may read one object until it expires. The path is a secret. */
export interface PreAuthenticated {
  readonly id: string;
  /** On the service's host. */
  readonly path: string;
}

export const LIFE_MS = 2 * 60_000; // the original's
const READ = 'ObjectRead';
/** As the download services name theirs. Others that share the bucket keep what is named otherwise. */
const OURS = /^download-[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}$/;

/** Lets one object be read. Throws `StoreError`, and the signal's reason. */
export async function createPreAuthenticated(
  client: OciClient,
  objectName: string,
  signal: AbortSignal,
): Promise<PreAuthenticated> {
  const what = `Cannot make a pre-authenticated request for "${objectName}" in ${client.name}`;
  const { id, accessUri } = await client.demand(
    {
      what,
      method: 'POST',
      path: '/p/',
      json: {
        name: `download-${randomUUID().toUpperCase()}`,
        objectName,
        accessType: READ,
        timeExpires: new Date(client.now() + LIFE_MS).toISOString(),
      },
      signal,
    },
    json(PreAuthenticatedRequest),
  );
  const path = encoded(accessUri, objectName);
  if (!/^[!-~]+$/.test(path)) throw protocolError(what, 'an address that is no path');
  return { id, path };
}

// Nothing says whether the address holds the object's name as it is or encoded: it is encoded where it is not.
function encoded(accessUri: string, objectName: string): string {
  if (!accessUri.endsWith(`/o/${objectName}`)) return accessUri;
  return accessUri.slice(0, -objectName.length) + objectPath(objectName);
}

/** Ends one; that it is gone already is as good. Throws `StoreError`, and the signal's reason. */
export async function deletePreAuthenticated(
  client: OciClient,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const what = `Cannot delete a pre-authenticated request of ${client.name}`;
  const call = { what, method: 'DELETE', path: `/p/${pathPart(id)}`, signal } as const;
  const { result } = await client.call(call, headersOnly);
  if (!result.ok && result.error.status !== 404) throw storeError(result.error, what);
}

/**
 * Deletes what download services of this bucket left behind: requests named as theirs, for reading, that have expired by
 * the service's own clock. Throws `StoreError`, and the signal's reason.
 */
export async function deleteExpired(client: OciClient, signal: AbortSignal): Promise<void> {
  const expired: string[] = [];
  const visited = new Set<string>();
  for (let page: string | undefined; ; ) {
    const { items, now, next } = await listPage(client, page, signal);
    for (const { id, name, accessType, timeExpires } of items) {
      if (OURS.test(name) && accessType === READ && timeExpires <= now) expired.push(id);
    }
    if (next === undefined) break;
    if (visited.has(next)) throw protocolError(`Cannot list ${client.name}`, 'pages that lead back');
    visited.add(next);
    page = next;
  }
  // After the listing, since pages may move under what is deleted.
  for (const id of expired) await deletePreAuthenticated(client, id, signal);
}

interface Page {
  readonly items: PreAuthenticatedRequests;
  /** By the clock of the service: one that is ahead here must not end what others still use. */
  readonly now: number;
  readonly next: string | undefined;
}

async function listPage(client: OciClient, page: string | undefined, signal: AbortSignal): Promise<Page> {
  const read: ReadAnswer<Page> = async (answer, what) => {
    const date = Date.parse(answer.header('date') ?? '');
    return {
      items: await json(PreAuthenticatedRequests)(answer, what),
      now: Number.isFinite(date) ? date : client.now(),
      next: answer.header('opc-next-page') || undefined,
    };
  };
  const what = `Cannot list the pre-authenticated requests of ${client.name}`;
  return await client.demand(
    { what, method: 'GET', path: '/p/', query: { limit: '1000', page }, signal },
    read,
  );
}
