import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import type { PruneOptions } from '../engine.ts';
import { folderBytes } from './folder-bytes.ts';

/** The folders that `RUN --mount=type=cache` keeps between builds, by id. */
export class BuildCaches {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folder of an id, made where there is none. */
  async open(id: string): Promise<string> {
    const folder = `${this.#folder}/${createHash('sha256').update(id).digest('hex')}`;
    await mkdir(folder, { recursive: true });
    await utimes(folder, new Date(), new Date());
    return folder;
  }

  /** Removes the longest unused until the rest is small enough. */
  async prune({ keepBytes = 0 }: PruneOptions): Promise<number> {
    let removedBytes = 0;
    let keptBytes = 0;
    for (const { folder, sizeBytes } of await this.#newestFirst()) {
      if (keptBytes + sizeBytes <= keepBytes) {
        keptBytes += sizeBytes;
        continue;
      }
      await rm(folder, { recursive: true, force: true });
      removedBytes += sizeBytes;
    }
    return removedBytes;
  }

  async #newestFirst() {
    const names = await readdir(this.#folder).catch(() => []);
    const all = names.map(async (name) => {
      const folder = `${this.#folder}/${name}`;
      return { folder, usedAt: (await stat(folder)).mtimeMs, sizeBytes: await folderBytes(folder) };
    });
    return (await Promise.all(all)).sort((one, other) => other.usedAt - one.usedAt);
  }
}
