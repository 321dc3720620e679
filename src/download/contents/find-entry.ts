import type { ManifestEntry } from '../../artifacts/index.ts';

/** What a path in an artifact leads to. */
export type FoundEntry =
  | { readonly type: 'file'; readonly entry: ManifestEntry }
  | { readonly type: 'folder'; readonly path: string };

const MAX_HOPS = 40; // as many links as Linux follows itself
const MAX_PATH_CHARACTERS = 4096; // as Linux has it for paths and for the targets of links
const MAX_PARTS = 10_000; // of a path and of all links on the way: each is looked for

/**
 * Follows a path through an artifact as a system would that has the artifact as its root: links on the way lead on, but
 * never out of it. Only links go up: a path that is asked for has no `..`, since it may be asked for with a link that is
 * good for the folder that it begins with. `undefined` where it ends nowhere.
 */
export function findEntry(entries: readonly ManifestEntry[], path: string): FoundEntry | undefined {
  const asked = path.split('/');
  if (path.length > MAX_PATH_CHARACTERS || asked.includes('..')) return undefined;
  const places = new Map(entries.map((entry) => [entry.path, entry]));
  const pending = asked.reverse(); // the next part is the last one
  let [reached, hops, parts] = ['', 0, 0];
  let file: ManifestEntry | undefined;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    parts += 1;
    if (parts > MAX_PARTS) return undefined;
    if (part === '' || part === '.') continue;
    if (file !== undefined) return undefined; // nothing is in a file
    if (part === '..') {
      if (reached === '') return undefined;
      reached = parentOf(reached);
      continue;
    }
    const above = reached;
    reached = above === '' ? part : `${above}/${part}`;
    if (reached.length > MAX_PATH_CHARACTERS) return undefined;
    const entry = places.get(reached);
    if (entry?.type === 'file') file = entry;
    if (entry?.type !== 'link') continue;
    hops += 1;
    const { target = '' } = entry;
    if (hops > MAX_HOPS || target.startsWith('/') || target.length > MAX_PATH_CHARACTERS) return undefined;
    reached = above;
    pending.push(...target.split('/').reverse());
  }
  if (file !== undefined) return { type: 'file', entry: file };
  return isFolder(entries, places, reached) ? { type: 'folder', path: reached } : undefined;
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** A folder need not have an entry of its own. */
function isFolder(
  entries: readonly ManifestEntry[],
  places: ReadonlyMap<string, ManifestEntry>,
  path: string,
): boolean {
  if (path === '' || places.has(path)) return true;
  return entries.some((entry) => entry.path.startsWith(`${path}/`));
}
