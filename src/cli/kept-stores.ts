import { join } from 'node:path';
import type { RecordedArtifact } from '../artifacts/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { CommandContext } from './command.ts';
import { dataStoreLocation, runStores } from './open-stores.ts';

/** The stores in which runs and artifacts of this machine are. Dispose it to close them. */
export interface KeptStores extends AsyncDisposable {
  /** Knows every run of this machine. */
  readonly data: ObjectStore;
  /** The data folder's first; then, where there is one, that of the flags or the configuration. */
  readonly all: readonly [ObjectStore, ...ObjectStore[]];
  /** The store that an artifact went to; `undefined` where it is none of these. */
  storeOf(artifact: RecordedArtifact): ObjectStore | undefined;
  /** Its file on this machine, or its address; `undefined` where its store is none of these. */
  placeOf(artifact: RecordedArtifact): string | undefined;
}

/** Opens them; nothing is asked of a cloud yet. Throws `UsageError`, `ConfigurationError` and `StoreError`. */
export async function openKeptStores(context: CommandContext): Promise<KeptStores> {
  const { folder } = await dataStoreLocation(context);
  await using opened = new AsyncDisposableStack();
  const stores = opened.use(runStores(context, false));
  const data = await stores.data();
  const other = await stores.artifacts();
  const all: KeptStores['all'] =
    other === undefined || other.store.name === data.name ? [data] : [data, other.store];
  const kept = opened.move();
  return {
    data,
    all,
    storeOf: (artifact) => all.find(({ name }) => name === artifact.store),
    placeOf(artifact) {
      if (artifact.store === data.name) return join(folder, artifact.key);
      return artifact.store === other?.store.name ? other.urlOf?.(artifact.key) : undefined;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
