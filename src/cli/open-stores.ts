import { dirname, join } from 'node:path';
import { type Settings, storeLocation } from '../config/index.ts';
import type { ArtifactStore } from '../runner/index.ts';
import {
  type FolderLocation,
  type ObjectStore,
  openStore,
  StoreError,
  type StoreLocation,
} from '../store/index.ts';
import { type ArtifactPlace, askedPlace, placeAt } from './artifact-place.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { dataFolder } from './data-folder.ts';
import { readSettings } from './read-settings.ts';

/** What is kept on this machine: records of runs and, without another store, their artifacts. */
export async function dataStoreLocation(context: CommandContext): Promise<FolderLocation> {
  return locationIn(context, (await readSettings(context)).settings);
}

/** Where logs of this machine's runs are kept. */
export const runLogsFolder = async (context: CommandContext): Promise<string> =>
  join(dirname((await dataStoreLocation(context)).folder), 'run-logs');

/** Opens the data folder's store. Throws `UsageError`, `ConfigurationError` and `CommandError`. */
export async function openDataStore(context: CommandContext): Promise<ObjectStore> {
  try {
    return await openStore(await dataStoreLocation(context));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const hint =
      'SLIPWAY_DATA_DIR, or data.folder in the configuration, names another folder for what is kept.';
    throw new CommandError(error.message, hint);
  }
}

/** The stores of a command that runs pipelines, each opened when it is first asked for; disposing closes them. */
export interface RunStores extends AsyncDisposable {
  /** Where the records of runs are. */
  data(): Promise<ObjectStore>;
  /** Absent: nothing is to be stored. Its store may be that of `data`. */
  artifacts(): Promise<ArtifactStore | undefined>;
}

/**
 * The stores that a command line names; without a store that somebody asked for, the data folder's takes artifacts where
 * `artifacts` are to be kept. Both calls throw as `openDataStore`, and `StoreError`.
 */
export function runStores(context: CommandContext, artifacts: boolean): RunStores {
  const opened = new AsyncDisposableStack();
  const openOnce = (location: StoreLocation): Promise<ObjectStore> =>
    openStore(location).then((store) => opened.use(store));
  let data: Promise<ObjectStore> | undefined;
  const dataStore = async (): Promise<ObjectStore> => {
    data ??= openDataStore(context).then((store) => opened.use(store));
    return await data;
  };
  return {
    data: dataStore,
    async artifacts() {
      const place = await artifactPlace(context);
      if (place === undefined) return artifacts ? { store: await dataStore() } : undefined;
      const { location, ...named } = place;
      return { store: await openOnce(location), ...named };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** The place that the flags name, else the configuration; `undefined` where neither does. */
async function artifactPlace(context: CommandContext): Promise<ArtifactPlace | undefined> {
  const asked = await askedPlace(context);
  if (asked !== undefined) return asked;
  const { settings, file } = await readSettings(context);
  const location = await storeLocation({ settings, environment: context.environment, file });
  return location === undefined ? undefined : placeAt(location);
}

function locationIn({ environment, currentFolder }: CommandContext, settings: Settings): FolderLocation {
  const folder = settings.get('data.folder') ?? dataFolder(environment, currentFolder);
  const keepFreeBytes = settings.get('store.keepFreeBytes');
  return {
    type: 'folder',
    folder: join(folder, 'store'),
    ...(keepFreeBytes !== undefined && { keepFreeBytes }),
  };
}
