import { createHash } from 'node:crypto';
import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import type { PruneOptions } from '../engine.ts';
import { EngineError } from '../error.ts';
import { folderBytes } from './folder-bytes.ts';

/** The folders that `RUN --mount=type=cache` keeps between builds, by id. */
export class BuildCaches {
  readonly #folder: string;
  readonly #descriptions = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folder of an id, made where there is none. Who makes it describes it. */
  async open(id: string, description: string): Promise<string> {
    const folder = `${this.#folder}/${createHash('sha256').update(id).digest('hex')}`;
    if (!this.#descriptions.has(folder)) this.#descriptions.set(folder, description);
    await mkdir(folder, { recursive: true });
    await utimes(folder, new Date(), new Date());
    return folder;
  }

  /** Removes the longest unused until the rest is small enough. */
  async prune({ describedBy, keepBytes = 0 }: PruneOptions): Promise<number> {
    if (describedBy === '')
      throw new EngineError('INVALID', 'cannot remove what builds left: nothing says what of it');
    let removedBytes = 0;
    let keptBytes = 0;
    for (const { folder, sizeBytes } of await this.#newestFirst(describedBy)) {
      if (keptBytes + sizeBytes <= keepBytes) {
        keptBytes += sizeBytes;
        continue;
      }
      await rm(folder, { recursive: true, force: true });
      this.#descriptions.delete(folder);
      removedBytes += sizeBytes;
    }
    return removedBytes;
  }

  async #newestFirst(describedBy: string) {
    const described = [...this.#descriptions].filter(([, description]) => description.includes(describedBy));
    const all = described.map(async ([folder]) => {
      return { folder, usedAt: (await stat(folder)).mtimeMs, sizeBytes: await folderBytes(folder) };
    });
    return (await Promise.all(all)).sort((one, other) => other.usedAt - one.usedAt);
  }
}
