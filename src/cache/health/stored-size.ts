import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import { replaceHint } from '../repository/replace-file.ts';
import type { Repository } from '../repository/repository.ts';
import { bytesOf, takeInventory } from './inventory.ts';

const fileOf = (folder: string): string => join(folder, '.slipway/size');

/**
 * What the objects of a repository take together as it was counted last, with what came since; `undefined` where nobody has
 * counted. A crash may take the last steps: whoever lets something go because of it counts first.
 */
export async function readStoredSize(folder: string): Promise<number | undefined> {
  const text = await unless(ABSENT, readFile(fileOf(folder), 'utf8'));
  return text !== undefined && /^\d{1,15}\n$/.test(text) ? Number(text) : undefined;
}

/** Notes what was counted. Under the lock. */
export async function writeStoredSize(folder: string, bytes: number): Promise<void> {
  const path = fileOf(folder);
  try {
    await replaceHint(path, `${bytes}\n`);
  } catch (cause) {
    throw fileTrouble('write', path, cause);
  }
}

/** Adds what came; nothing where nobody has counted. Under the lock. */
export async function noteGrowth(folder: string, bytes: number): Promise<void> {
  const before = bytes === 0 ? undefined : await readStoredSize(folder);
  if (before !== undefined) await writeStoredSize(folder, before + bytes);
}

/** Counts what is there, and notes it. Takes the lock. */
export async function countStoredSize(repository: Repository, signal?: AbortSignal): Promise<number> {
  return await repository.withLock(
    async () => {
      const bytes = bytesOf((await takeInventory(repository, signal)).values());
      await writeStoredSize(repository.folder, bytes);
      return bytes;
    },
    signal === undefined ? {} : { signal },
  );
}
