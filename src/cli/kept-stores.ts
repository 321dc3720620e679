import { join } from 'node:path';
import type { RecordedArtifact } from '../artifacts/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { CommandContext } from './command.ts';
import { dataStoreLocation, runStores } from './open-stores.ts';

/** The stores in which runs and artifacts of this machine are. Dispose it to close them. */
export interface KeptStores extends AsyncDisposable {
  /** The data folder's. */
  readonly data: ObjectStore;
  /** Whose runs are meant: those of the store that flags name, else those of this machine. */
  readonly runs: ObjectStore;
  /** What is changed and cleaned: the store that flags name alone, else all. */
  readonly chosen: readonly ObjectStore[];
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
  const isNamed = context.flags.on('store-s3') || context.flags.on('store-oci');
  const runs = isNamed ? (all.at(-1) ?? data) : data;
  const kept = opened.move();
  return {
    data,
    runs,
    chosen: isNamed ? [runs] : all,
    all,
    storeOf: (artifact) => all.find(({ name }) => name === artifact.store),
    placeOf(artifact) {
      if (artifact.store === data.name) return join(folder, artifact.key);
      return artifact.store === other?.store.name ? other.urlOf?.(artifact.key) : undefined;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
