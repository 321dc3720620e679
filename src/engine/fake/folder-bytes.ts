import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** How much the files of a folder hold. */
export async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const files = await Promise.all(names.map((name) => lstat(join(folder, name))));
  return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}
