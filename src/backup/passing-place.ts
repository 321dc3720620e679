import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner, isGone, unless } from '../kernel/index.ts';

/**
 * A name in a folder for what this process makes there and is not complete yet. What processes that were killed have left
 * under such names is removed: it is as large as a backup. What others still make is their business.
 */
export async function passingPlace(folder: string, prefix: string): Promise<string> {
  await removeLeft(folder, prefix);
  const { host, process } = currentOwner();
  return join(folder, `${prefix}${encodeURIComponent(host)}_${process}`);
}

async function removeLeft(folder: string, prefix: string): Promise<void> {
  // Who may put something there and not look is told nothing of what others have put there.
  const names = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], readdir(folder));
  for (const name of names ?? []) {
    const [, host, process] =
      /^([^_]+)_([\w.]+)$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
    if (host === undefined || process === undefined) continue;
    if (isGone({ host: decoded(host), process })) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** The name of nobody's host, where it was written by somebody else. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
