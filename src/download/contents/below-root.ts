import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { OWN_PART } from '../../store/index.ts';

/** A path below a named root, as it was asked for: links in it may still lead anywhere. */
export interface AskedPath {
  readonly root: string;
  readonly path: string;
}

/** The parts of a relative path; `undefined` where it is none, or could leave where it begins. */
export function relativeParts(path: string): readonly string[] | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts;
}

/**
 * The roots below which a folder of this machine is, with the path of something in it. No file is touched: what the path
 * says is enough to refuse most of what is wrong.
 */
export function pathsBelow(roots: readonly string[], folder: string, path: string): readonly AskedPath[] {
  const parts = relativeParts(path);
  const hasDots = folder.split('/').includes('..');
  if (parts === undefined || hasDots || !isAbsolute(folder) || folder.includes('\0')) return [];
  const asked = join(normalize(folder), ...parts);
  return roots.filter((root) => isBelow(root, normalize(folder))).map((root) => ({ root, path: asked }));
}

/** Whether a path is a root or below it, and nothing that a store keeps for itself. Both normal, both without links. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  if (isAbsolute(way)) return false;
  const parts = way.split(sep);
  return parts[0] !== '..' && !parts.includes(OWN_PART);
}
