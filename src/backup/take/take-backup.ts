import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packEntries } from '../../archive/index.ts';
import type { Repository } from '../../cache/index.ts';
import type { Database } from '../../database/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import { type BackupEntry, ownFile } from '../entry.ts';
import { AREAS, type BackupHead, DATABASE_PATH, FORMAT_VERSION, HEAD_PATH, type LeftOut } from '../format.ts';
import { cacheFiles } from './cache-files.ts';
import { folderFiles, oneFile } from './folder-files.ts';
import { recorded } from './recorded.ts';
import { storeObjects } from './store-objects.ts';

/** All that a server keeps, and where. */
export interface BackupSource {
  /** Absolute. */
  readonly dataFolder: string;
  /** Absent: the server has none. */
  readonly database?: Pick<Database, 'kind' | 'copyTo'>;
  /** Of records and, without another one, of artifacts: the folder `store` in the data folder. */
  readonly store: ObjectStore;
  /** Another folder of artifacts; a bucket is named in `leftOut` in its place. */
  readonly artifactStore?: ObjectStore;
  readonly repository: Repository;
  /** Files from elsewhere, by their path in the data folder: clients, keys of links. */
  readonly files: readonly { readonly path: string; readonly file: string }[];
  readonly leftOut: readonly LeftOut[];
  /** Of the program. */
  readonly version: string;
  /** Which objects of the stores lead to others. */
  readonly leads: (key: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A backup as a tar, made while it is read: first the database as it is now, then all that it leads to. What is stored
 * meanwhile may be in it or not. Nothing may be removed meanwhile that the database leads to: `holdRemovals` sees to that.
 * Leave it early, and nothing of it stays.
 */
export async function* takeBackup(
  source: BackupSource,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const bytes of packEntries(recorded(entriesOf(source, signal), source.now))) {
    signal.throwIfAborted();
    yield bytes;
  }
}

async function* entriesOf(
  source: BackupSource,
  signal: AbortSignal,
): AsyncGenerator<BackupEntry, void, undefined> {
  const { dataFolder, store, artifactStore, repository, leads } = source;
  yield ownFile(HEAD_PATH, `${JSON.stringify(headOf(source))}\n`);
  yield* databaseFile(source);
  // Live logs are no longer than what the database knows once they are read after it.
  yield* folderFiles({ root: dataFolder, prefix: AREAS.data, isLeftOut: leftOutOf(repository, dataFolder) });
  yield* otherFiles(source);
  const shared = { leads, signal };
  yield* storeObjects({ ...shared, store, prefix: AREAS.store });
  if (artifactStore !== undefined)
    yield* storeObjects({ ...shared, store: artifactStore, prefix: AREAS.artifactStore });
  yield* cacheFiles(repository);
}

const headOf = ({ database, leftOut, version, now }: BackupSource): BackupHead => ({
  format: 'slipway-backup',
  version: FORMAT_VERSION,
  program: version,
  startedAt: new Date(now()).toISOString(),
  database: database?.kind ?? 'none',
  leftOut,
});

/** Where a copy of the database is while it is read, in the data folder. What a killed server left is removed at its next start. */
export const DATABASE_COPY = 'queue/queue.db.copy';

/** Taken by other means, of one process on one machine, or made anew. */
const NOT_TAKEN =
  /^(?:store|cache|worker|runners|server\.json[^/]*|queue\/queue\.db(?:-wal|-shm|-journal|\.copy.*)?)$/;

const leftOutOf = ({ folder }: Repository, dataFolder: string): ((path: string) => boolean) => {
  return (path) => NOT_TAKEN.test(path) || join(dataFolder, path) === folder;
};

async function* databaseFile(source: BackupSource): AsyncGenerator<BackupEntry, void, undefined> {
  const { dataFolder, database } = source;
  if (database?.copyTo === undefined) return;
  const copy = join(dataFolder, DATABASE_COPY);
  await removeCopy(dataFolder);
  try {
    await (await open(copy, 'wx', 0o600)).close(); // for its owner alone from its beginning
    await database.copyTo(copy);
    yield* oneFile(copy, DATABASE_PATH);
  } finally {
    await removeCopy(dataFolder);
  }
}

/** Removes what a backup that was killed left in a data folder. */
export async function removeCopy(dataFolder: string): Promise<void> {
  for (const ending of ['', '-wal', '-shm', '-journal'])
    await rm(join(dataFolder, `${DATABASE_COPY}${ending}`), { force: true });
}

async function* otherFiles({
  files,
  dataFolder,
}: BackupSource): AsyncGenerator<BackupEntry, void, undefined> {
  for (const { path, file } of files) {
    // What is in the data folder was among the others.
    if (join(dataFolder, path) !== file) yield* oneFile(file, `${AREAS.data}${path}`);
  }
}
