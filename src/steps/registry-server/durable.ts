import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes sure that a name in a folder survives a crash. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/** Gives a complete file its name, what was there replaced, and returns when it survives a crash. */
export async function settleFile(fresh: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rename(fresh, path);
  await syncFolder(dirname(path));
}

/**
 * Writes a JSON file that survives a crash, whole or not at all. With `exclusive` one that is there stays, and the
 * result is `false`.
 */
export async function writeJson(
  path: string,
  value: object,
  { exclusive = false }: { readonly exclusive?: boolean } = {},
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomUUID()}.new`;
  try {
    await using file = await open(fresh, 'wx', 0o600);
    await file.writeFile(JSON.stringify(value));
    await file.sync();
    if (!exclusive) await rename(fresh, path);
    else await link(fresh, path); // unlike `rename` this fails where something is
    await syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (exclusive && error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}
