import type { StoredObject } from '../store.ts';
import { headersOnly } from './answers.ts';
import type { OciClient } from './client.ts';
import { headObject } from './head-object.ts';
import { listObjects } from './list-objects.ts';
import { isExpired } from './object-headers.ts';
import { objectPath } from './object-path.ts';
import { storeError } from './trouble.ts';

interface Removal {
  readonly signal?: AbortSignal | undefined;
  /** Only this version. */
  readonly version?: string;
}

/** Removes an object, and says whether there was one that had not expired. Throws `StoreError`, and the signal's reason. */
export async function removeObject(
  client: OciClient,
  key: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const found = await headObject(client, key, signal);
  if (found === undefined) return false;
  const wasThere = await deleteObject(client, key, { signal });
  return wasThere && !isExpired(found.object, client.now());
}

/** Says whether it was this call that did it; repeated after an answer that was lost, it may have been. */
async function deleteObject(client: OciClient, key: string, { signal, version }: Removal): Promise<boolean> {
  const what = `Cannot remove "${key}" from ${client.name}`;
  const { result, isRepeated } = await client.call(
    {
      what,
      method: 'DELETE',
      path: `/o/${objectPath(key)}`,
      ...(version !== undefined && { headers: { 'if-match': version } }),
      signal,
    },
    headersOnly,
  );
  if (result.ok) return true;
  if (result.error.code === 'ObjectNotFound') return isRepeated;
  if (version !== undefined && result.error.status === 412) return false;
  throw storeError(result.error, what);
}

export interface Expiry {
  readonly prefix?: string;
  readonly now: number;
  readonly signal?: AbortSignal;
}

const AT_ONCE = 6; // below the ten listeners at which a signal warns

/**
 * Removes what has expired, and nothing that has taken its place. A listing does not say when an object expires: each one is
 * looked at. Throws `StoreError`, and the signal's reason.
 */
export async function removeExpiredObjects(client: OciClient, options: Expiry): Promise<readonly string[]> {
  const { prefix, now, signal } = options;
  const removed: string[] = [];
  const visit = async ({ key }: StoredObject): Promise<void> => {
    const found = await headObject(client, key, signal);
    if (found === undefined || !isExpired(found.object, now)) return;
    const { version } = found.object;
    if (await deleteObject(client, key, { signal, version })) removed.push(key);
  };
  for (let after: string | undefined; ; ) {
    const page = await listObjects(client, {
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
      ...(signal !== undefined && { signal }),
    });
    await forEach(page.objects, visit);
    if (page.next === undefined) return removed;
    after = page.next;
  }
}

/** A few at the same time; where one fails, no more are begun. */
async function forEach<T>(items: readonly T[], visit: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await visit(item);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    next = items.length;
  }
}
