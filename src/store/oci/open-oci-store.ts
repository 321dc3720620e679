import { checkKey } from '../key.ts';
import type { OciLocation } from '../location.ts';
import type { ObjectStore } from '../store.ts';
import { createOciClient, type OciClientOptions } from './client.ts';
import { headObject } from './head-object.ts';
import { listObjects } from './list-objects.ts';
import { isExpired } from './object-headers.ts';
import { openObject } from './open-object.ts';
import { putObject } from './put-object.ts';
import { removeExpiredObjects, removeObject } from './remove-objects.ts';

/**
 * A bucket of OCI Object Storage, over its own API. Nothing is asked of it yet. Throws `FORBIDDEN` where the private key is
 * none. Disposing closes its connections: what is still open for reading is cut.
 */
export function openOciStore(location: OciLocation, options: OciClientOptions = {}): ObjectStore {
  const client = createOciClient(location, options);
  return {
    name: client.name,
    async put(key, content, putOptions = {}) {
      checkKey(key);
      return await putObject(client, key, content, putOptions);
    },
    async head(key, { signal } = {}) {
      checkKey(key);
      const found = await headObject(client, key, signal);
      return found === undefined || isExpired(found.object, client.now()) ? undefined : found.object;
    },
    async open(key, openOptions = {}) {
      checkKey(key);
      return await openObject(client, key, openOptions);
    },
    list: (listOptions = {}) => listObjects(client, listOptions),
    async remove(key, { signal } = {}) {
      checkKey(key);
      return await removeObject(client, key, signal);
    },
    removeExpired: (expiry) => removeExpiredObjects(client, expiry),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
