import type { ManifestEntry } from '../../artifacts/index.ts';

/** What a path in an artifact leads to. */
export type FoundEntry =
  | { readonly type: 'file'; readonly entry: ManifestEntry }
  | { readonly type: 'folder'; readonly path: string };

const MAX_HOPS = 40; // as many links as Linux follows itself
const MAX_PATH_CHARACTERS = 4096; // as Linux has it for paths and for the targets of links

/**
 * Follows a path through an artifact as a system would that has the artifact as its root: links on the way lead on, but
 * never out of it. Only links go up: a path that is asked for has no `..`, since it may be asked for with a link that is
 * good for the folder that it begins with. `undefined` where it ends nowhere.
 */
export function findEntry(entries: readonly ManifestEntry[], path: string): FoundEntry | undefined {
  const pending = path.split('/');
  if (path.length > MAX_PATH_CHARACTERS || pending.includes('..')) return undefined;
  const places = new Map(entries.map((entry) => [entry.path, entry]));
  const reached: string[] = [];
  let hops = 0;
  let file: ManifestEntry | undefined;
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '' || part === '.') continue;
    if (file !== undefined) return undefined; // nothing is in a file
    if (part === '..') {
      if (reached.pop() === undefined) return undefined;
      continue;
    }
    reached.push(part);
    const entry = places.get(reached.join('/'));
    if (entry?.type === 'file') file = entry;
    if (entry?.type !== 'link') continue;
    hops += 1;
    const { target = '' } = entry;
    if (hops > MAX_HOPS || target.startsWith('/') || target.length > MAX_PATH_CHARACTERS) return undefined;
    reached.pop();
    pending.unshift(...target.split('/'));
  }
  if (file !== undefined) return { type: 'file', entry: file };
  const folder = reached.join('/');
  return isFolder(entries, places, folder) ? { type: 'folder', path: folder } : undefined;
}

/** A folder need not have an entry of its own. */
function isFolder(
  entries: readonly ManifestEntry[],
  places: ReadonlyMap<string, ManifestEntry>,
  path: string,
): boolean {
  if (path === '' || places.has(path)) return true;
  return entries.some((entry) => entry.path.startsWith(`${path}/`));
}
