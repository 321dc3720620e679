import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { unless } from '../../kernel/index.ts';
import type { WorkerRecordWriter } from '../task/task-context.ts';
import type { CacheKeeper } from '../work/task-parts.ts';
import { cacheFolderName, cacheNameOf } from './folder-name.ts';
import { type HeldLock, tryLock } from './instance-lock.ts';
import { type Instance, listInstances, lockOf, markPurged, removeInstance } from './instances.ts';

/** A folder of a named cache while one run uses it. */
export interface CacheLease {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /** It is removed, and not given to another task, once it was given back. */
  purge(): Promise<void>;
  /** Gives it back with what is in it. */
  release(): Promise<void>;
}

/** The named caches of a machine's workers. */
export interface Caches extends CacheKeeper {
  /**
   * The folder of a cache that was used last and is free, else a new one: two runs at once have different ones. Names may
   * be any text. Give it back when the container that has it does not run any more.
   */
  acquire(name: string): Promise<CacheLease>;
}

export interface CachesOptions {
  /** Absolute. Several workers may share it; what is there from earlier ones is used on. */
  readonly folder: string;
  readonly record: WorkerRecordWriter;
}

/**
 * Opens the caches below a folder, which is made where it is absent, and is its owner's alone from then on: root in a container
 * can leave programs there that run as root for whoever starts them on the machine, and devices that whoever may open.
 */
export async function openCaches({ folder, record }: CachesOptions): Promise<Caches> {
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  await chmod(folder, OWNER_ONLY); // one that was there
  const caches = new FolderCaches(folder, record);
  await caches.look();
  return caches;
}

const OWNER_ONLY = 0o700;

/** How often a cache's folder may go away, with its last instance, while one is made in it. */
const TRIES = 5;

class FolderCaches implements Caches {
  readonly #folder: string;
  readonly #record: WorkerRecordWriter;
  #isEmpty = true;

  constructor(folder: string, record: WorkerRecordWriter) {
    this.#folder = folder;
    this.#record = record;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  async look(): Promise<void> {
    this.#isEmpty = (await readdir(this.#folder)).length === 0;
  }

  async acquire(name: string): Promise<CacheLease> {
    const cacheFolder = join(this.#folder, cacheFolderName(name));
    this.#isEmpty = false;
    for (const { folder, isPurged } of await listInstances(cacheFolder)) {
      const lock = isPurged ? undefined : await unless(['ENOENT'], tryLock(lockOf(folder)));
      // It may have been removed, or marked, between the look and the lock.
      if (lock === undefined || !(await isThere(cacheFolder, folder, lock))) continue;
      this.#record('cache volume hit', { name, folder });
      return this.#lease({ name, folder, lock });
    }
    const made = await this.#make(cacheFolder);
    this.#record('cache volume miss', { name, folder: made.folder });
    return this.#lease({ name, ...made });
  }

  async purge(cacheName: string, before: number): Promise<void> {
    const instances = await listInstances(join(this.#folder, cacheFolderName(cacheName)));
    const old = instances.filter(({ createdAt, isPurged }) => createdAt < before && !isPurged);
    for (const { folder } of old) await markPurged(folder);
    if (old.length > 0) this.#record('cache volume purge', { name: cacheName, count: old.length });
  }

  async collect({ all, isEnough }: Parameters<CacheKeeper['collect']>[0]): Promise<readonly string[]> {
    const cacheFolders = (await readdir(this.#folder)).map((name) => join(this.#folder, name));
    const found = await Promise.all(
      cacheFolders.map(async (cacheFolder) =>
        (await listInstances(cacheFolder)).map((instance) => ({ cacheFolder, ...instance })),
      ),
    );
    const removed: string[] = [];
    for (const instance of inOrder(found.flat(), all)) {
      if (!instance.isPurged && (await isEnough?.())) break;
      if (await this.#tryRemove(instance))
        removed.push(cacheNameOf(instance.cacheFolder.slice(this.#folder.length + 1)));
    }
    await this.look();
    return removed;
  }

  async #make(cacheFolder: string): Promise<{ folder: string; lock: HeldLock }> {
    for (let tries = 1; ; tries += 1) {
      try {
        await mkdir(cacheFolder, { recursive: true });
        const folder = join(cacheFolder, randomUUID());
        const lock = await tryLock(lockOf(folder));
        if (lock === undefined) throw new Error(`the new folder ${folder} is in use already`);
        await mkdir(folder);
        return { folder, lock };
      } catch (error) {
        const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!isGone || tries === TRIES) throw error;
      }
    }
  }

  #lease({ name, folder, lock }: { name: string; folder: string; lock: HeldLock }): CacheLease {
    let isHeld = true;
    return {
      name,
      folder,
      purge: () => markPurged(folder),
      release: async () => {
        if (!isHeld) return;
        isHeld = false;
        const now = new Date();
        await unless(['ENOENT'], utimes(folder, now, now));
        await lock.release();
        this.#record('cache volume release', { name, folder });
      },
    };
  }

  /** One that cannot be removed, since a task saw to that, keeps none of the others. */
  async #tryRemove(instance: Instance & { cacheFolder: string }): Promise<boolean> {
    try {
      return await this.#remove(instance);
    } catch (error) {
      this.#record('cache volume removal error', { folder: instance.folder, error: String(error) });
      return false;
    }
  }

  async #remove({ cacheFolder, folder }: Instance & { cacheFolder: string }): Promise<boolean> {
    const lock = await unless(['ENOENT'], tryLock(lockOf(folder)));
    if (lock === undefined) return false;
    try {
      await removeInstance(cacheFolder, folder);
    } catch (error) {
      await lock.release();
      throw error;
    }
    this.#record('cache volume removed', { folder });
    return true;
  }
}

async function isThere(cacheFolder: string, folder: string, lock: HeldLock): Promise<boolean> {
  const now = await listInstances(cacheFolder);
  const isFree = now.some((instance) => instance.folder === folder && !instance.isPurged);
  if (!isFree) await lock.release();
  return isFree;
}

/** Those that are to go in any case, then what was not used for the longest time. */
function inOrder<T extends Instance>(instances: readonly T[], all: boolean): T[] {
  const purged = instances.filter(({ isPurged }) => isPurged);
  const others = instances.filter(({ isPurged }) => !isPurged).toSorted((a, b) => a.usedAt - b.usedAt);
  return all ? [...purged, ...others] : purged;
}
