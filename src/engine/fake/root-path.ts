import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../engine.ts';
import { EngineError } from '../error.ts';

/** The files of a container, seen from outside. */
export interface RootView {
  readonly root: string;
  readonly mounts: readonly Mount[];
}

const LINK_LIMIT = 40;

/**
 * Where a container's path is on this machine. Links are followed as inside the container, so that none leads out of
 * it; the last one only with `followLast`. What does not exist has a place all the same.
 */
export async function hostPath(view: RootView, path: string, followLast: boolean): Promise<string> {
  const waiting = path.split('/');
  let resolved: string[] = [];
  for (let links = 0; waiting.length > 0; ) {
    const part = waiting.shift();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const target =
      waiting.length > 0 || followLast ? await linkTarget(place(view, [...resolved, part])) : undefined;
    if (target === undefined) {
      resolved.push(part);
      continue;
    }
    links += 1;
    if (links > LINK_LIMIT) throw new EngineError('INVALID', `too many symbolic links: ${path}`);
    if (target.startsWith('/')) resolved = [];
    waiting.unshift(...target.split('/'));
  }
  return place(view, resolved);
}

async function linkTarget(file: string): Promise<string | undefined> {
  const stats = await lstat(file).catch(() => undefined);
  return stats?.isSymbolicLink() ? await readlink(file) : undefined;
}

/** The deepest mount that holds the path decides. */
function place({ root, mounts }: RootView, parts: readonly string[]): string {
  const path = `/${parts.join('/')}`;
  const holding = mounts.filter(({ target }) => path === target || path.startsWith(`${target}/`));
  const deepest = holding.sort((one, other) => other.target.length - one.target.length)[0];
  return deepest ? join(deepest.source, path.slice(deepest.target.length)) : join(root, path);
}
