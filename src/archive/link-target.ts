import { type BytePath, joinPath } from './byte-path.ts';
import { lstat, readLink } from './walk.ts';

// As many as the system follows itself.
const MAX_HOPS = 40;

/**
 * Judges the target of a symbolic link at `parts` before anything else is known: `outside` when it is absolute or goes
 * up too far; `undecided` when it goes up again after going down, which depends on what it goes through; otherwise it
 * stays inside, whatever other links are on its way, as long as they do the same.
 */
export function linkTargetProblem(
  parts: readonly string[],
  target: BytePath,
): 'outside' | 'undecided' | undefined {
  if (target.startsWith('/')) return 'outside';
  let depth = parts.length - 1;
  let wentDown = false;
  let isUndecided = false;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return 'outside';
    isUndecided ||= part === '..' && wentDown;
    wentDown ||= part !== '..';
  }
  return isUndecided ? 'undecided' : undefined;
}

/** Follows the link at `parts`, as the system would, and says whether it stays inside of the root all the way. */
export function leadsInside(root: BytePath, parts: readonly string[]): boolean {
  const pending = [...parts];
  const reached: string[] = [];
  for (let hops = 0, part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (reached.pop() === undefined) return false;
      continue;
    }
    reached.push(part);
    const path = joinPath(root, reached.join('/'));
    if (!lstat(path)?.isSymbolicLink()) continue;
    const target = readLink(path);
    hops += 1;
    if (target.startsWith('/') || hops > MAX_HOPS) return false;
    reached.pop();
    pending.unshift(...target.split('/'));
  }
  return true;
}
