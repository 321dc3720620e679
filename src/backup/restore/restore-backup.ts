import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { initRepository, openRepository } from '../../cache/index.ts';
import { checkDatabaseFile, DatabaseError, type Migration } from '../../database/index.ts';
import { unless } from '../../kernel/index.ts';
import { type ObjectStore, openStore } from '../../store/index.ts';
import { BackupError } from '../error.ts';
import type { BackupEnd, BackupHead, ManifestLine } from '../format.ts';
import { passingPlace } from '../passing-place.ts';
import { ARTIFACT_STORE_FOLDER, type Place, placeOf } from './place.ts';
import { readBackup } from './read-backup.ts';
import { type RestoreTarget, removePlace, settleFile, writePlace } from './write-place.ts';

export interface RestoreOptions {
  readonly stream: AsyncIterable<Uint8Array>;
  /** A data folder to be; absolute. Nothing may be in it. */
  readonly folder: string;
  /** Of all that the database may hold. */
  readonly migrations: readonly Migration[];
}

/** What was put back. */
export interface Restored {
  readonly head: BackupHead;
  readonly end: BackupEnd;
  /** Whether artifacts were in a folder of their own, which is in the data folder now. */
  readonly hasArtifactStore: boolean;
}

/**
 * Puts a backup back as a data folder: all of it, checked, or nothing. It is made beside the folder and gets its name at the
 * end. Throws `BackupError`, `DatabaseError`, `StoreError`, `CacheError`, and the system's errors.
 */
export async function restoreBackup({ stream, folder, migrations }: RestoreOptions): Promise<Restored> {
  await requireEmpty(folder);
  await mkdir(dirname(folder), { recursive: true });
  const beside = await passingPlace(dirname(folder), `.${basename(folder)}.restore-`);
  await mkdir(beside, { mode: 0o700 });
  try {
    const restored = await fill(beside, { stream, folder, migrations });
    await promisify(execFile)('sync', ['-f', beside]); // one call for any number of files
    await takePlace(beside, folder);
    return restored;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await unless(['ENOENT'], readdir(folder));
  if (entries === undefined || entries.length === 0) return;
  throw new BackupError(
    'NOT_EMPTY',
    `There is something in ${folder} already: a backup is put into an empty folder`,
    {
      hint: 'move it away, or name another folder with --to',
    },
  );
}

/** A folder that is not there any more, or that nobody has put anything into meanwhile: `rename` replaces an empty one. */
async function takePlace(beside: string, folder: string): Promise<void> {
  try {
    await unless(['ENOENT'], rmdir(folder));
    await rename(beside, folder);
  } catch (error) {
    await requireEmpty(folder);
    throw error;
  }
}

async function fill(beside: string, { stream, migrations }: RestoreOptions): Promise<Restored> {
  await using opened = new AsyncDisposableStack();
  const stores = new Map<string, Promise<ObjectStore>>();
  const target: RestoreTarget = {
    folder: beside,
    storeOf(store) {
      const folder = join(beside, store === 'store' ? 'store' : ARTIFACT_STORE_FOLDER);
      const open =
        stores.get(store) ?? openStore({ type: 'folder', folder }).then((made) => opened.use(made));
      stores.set(store, open);
      return open;
    },
  };
  // Its folders are there then; what follows takes the places of its files.
  const cache = join(beside, 'cache');
  await initRepository(cache);
  const seen: { head?: BackupHead } = {};
  const end = await readBackup(stream, {
    onHead: async (head) => void Object.assign(seen, { head }),
    async onFile(path, content, facts) {
      return await writePlace(known(path), content, { target, facts });
    },
    onLine: (line) => settle(line, target),
  });
  const { head } = seen;
  if (head === undefined) throw new Error('a backup that was read has a head');
  if (head.database === 'sqlite') await checkDatabase(join(beside, 'queue/queue.db'), migrations);
  await refreshCache(cache);
  await chmod(beside, 0o700);
  return { head, end, hasArtifactStore: stores.has('artifactStore') };
}

function known(path: string): Place {
  const place = placeOf(path);
  if (place !== undefined) return place;
  throw new BackupError(
    'DAMAGED',
    `The backup has a file that has no place in a data folder: ${JSON.stringify(path)}`,
    {
      hint: 'use another one: a server does not make such a backup',
    },
  );
}

async function settle(line: ManifestLine, target: RestoreTarget): Promise<void> {
  if ('dropped' in line) return await removePlace(known(line.dropped), target);
  const place = known(line.path);
  if (place.kind === 'file') await settleFile(join(target.folder, place.path), line);
}

async function checkDatabase(file: string, migrations: readonly Migration[]): Promise<void> {
  try {
    await checkDatabaseFile(file, migrations);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const code = error.code === 'SCHEMA' ? 'NEWER' : 'DAMAGED';
    // Its file has a passing name.
    const message = `The backup's database cannot be used: ${error.message.replaceAll(file, 'it')}`;
    throw new BackupError(code, message, { cause: error, hint: error.hint ?? 'use another backup' });
  }
}

/** What lists the refs is made of those that are there. */
async function refreshCache(folder: string): Promise<void> {
  await using repository = await openRepository(folder);
  await repository.refreshSummary();
}
