import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ATTEMPTS = 100; // each one that fails means that another run was in between

export interface FolderSwap {
  readonly fresh: string;
  /** On the same file system; there need be nothing. */
  readonly place: string;
  /** Takes what was there, until it is removed. */
  readonly temporary: string;
}

/**
 * Puts a folder in the place of another, whole: of several runs that do so at once each puts all of its own there, and
 * the last one stays. For a moment there may be none.
 */
export async function swapFolder({ fresh, place, temporary }: FolderSwap): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const old = join(temporary, `old-${attempt}`);
    if (await moved(fresh, place, ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) break;
    if (attempt === ATTEMPTS) throw new Error(`${place} is in the way and cannot be moved`);
    if (await moved(place, old, ['ENOENT'])) await rm(old, { recursive: true, force: true });
  }
}

/** Renames a folder; false where that failed for one of these reasons. */
export async function moved(from: string, to: string, unless: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && unless.includes(String(error.code))) return false;
    throw error;
  }
}
