import type { ObjectStore } from '../../store/index.ts';
import type { ArtifactRecord } from '../queue.ts';

const AT_ONCE = 8;

/** Removes the bytes of artifacts that have expired; for the queue's sweep. Throws `StoreError`, and may be repeated. */
export function createContentRemover(
  store: ObjectStore,
): (artifacts: readonly ArtifactRecord[]) => Promise<void> {
  return async (artifacts) => {
    const keys = artifacts.map(({ details }) => details['key']).filter((key) => key !== undefined);
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => store.remove(key)));
    }
  };
}
