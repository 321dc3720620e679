import { asItIs, headersOnly } from './answers.ts';
import type { OciClient } from './client.ts';
import { type OciObject, readObject } from './object-headers.ts';
import { objectPath } from './object-path.ts';
import { storeError } from './trouble.ts';

/**
 * What the service knows of an object, expired or not. `undefined` where it says that there is none; a bucket that is
 * not there, or may not be seen, is an error. Throws `StoreError`, and the signal's reason.
 */
export async function headObject(
  client: OciClient,
  key: string,
  signal?: AbortSignal,
): Promise<OciObject | undefined> {
  const what = `Cannot look at "${key}" in ${client.name}`;
  const path = `/o/${objectPath(key)}`;
  const head = await client.call({ what, method: 'HEAD', path, signal }, headersOnly);
  if (head.result.ok) return readObject(key, head.result.value, what);
  if (head.result.error.status !== 404) throw storeError(head.result.error, what);
  // An answer to HEAD has no body that says what is not there: the object, the bucket, or the permission. That to GET has.
  const get = await client.call(
    { what, method: 'GET', path, headers: { range: 'bytes=0-0' }, signal },
    asItIs,
  );
  if (get.result.ok) {
    get.result.value.discard();
    return readObject(key, get.result.value, what); // it came into being meanwhile
  }
  if (get.result.error.code === 'ObjectNotFound') return undefined;
  if (get.result.error.status === 416) return await headObject(client, key, signal); // as well, and is empty
  throw storeError(get.result.error, what);
}
