import type { ObjectStore } from '../../store/index.ts';
import type { ArtifactRecord } from '../queue.ts';

const AT_ONCE = 8;

/** Removes the bytes of artifacts that have expired; for the queue's sweep. Throws `StoreError`, and may be repeated. */
export function createContentRemover(
  store: ObjectStore,
): (artifacts: readonly ArtifactRecord[]) => Promise<void> {
  return async (artifacts) => {
    for (let at = 0; at < artifacts.length; at += AT_ONCE) {
      await Promise.all(artifacts.slice(at, at + AT_ONCE).map((artifact) => removeContent(store, artifact)));
    }
  };
}

/** Of an object all attempts go, also those that nobody noted. */
async function removeContent(store: ObjectStore, { storageType, details }: ArtifactRecord): Promise<void> {
  const key = details['key'];
  if (key === undefined) return;
  if (storageType !== 'object') {
    await store.remove(key);
    return;
  }
  let after: string | undefined;
  do {
    const page = await store.list({ prefix: `${key}/`, ...(after !== undefined && { after }) });
    for (const object of page.objects) await store.remove(object.key);
    after = page.next;
  } while (after !== undefined);
}
