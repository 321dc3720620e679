import { resolve } from 'node:path';
import type { IgnoreMatcher } from './ignore.ts';

/** Leaves out some folders besides what is ignored anyway. */
export function leaveOut(
  root: string,
  folders: readonly string[],
  ignore: IgnoreMatcher | undefined,
): IgnoreMatcher {
  const left = new Set(folders.map((folder) => resolve(folder)));
  return (path, isFolder) =>
    (isFolder && left.has(resolve(root, path))) || (ignore?.(path, isFolder) ?? false);
}
