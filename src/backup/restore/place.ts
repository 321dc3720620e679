import { AREAS, DATABASE_PATH } from '../format.ts';

/** Where a file of a backup goes. */
export type Place =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'object'; readonly store: 'store' | 'artifactStore'; readonly key: string };

/** Where a second folder of artifacts is put, below the data folder. */
export const ARTIFACT_STORE_FOLDER = 'artifact-store';

const MAX_CHARACTERS = 4096;

/** A path that leads nowhere else, whatever a backup says that somebody else has made. */
function isSafe(path: string): boolean {
  const parts = path.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte ends a path
  if (path.length > MAX_CHARACTERS || /\u0000/.test(path)) return false;
  return parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

/** `undefined` for what has no place in a data folder. */
export function placeOf(path: string): Place | undefined {
  if (!isSafe(path)) return undefined;
  if (path === DATABASE_PATH) return { kind: 'file', path: 'queue/queue.db' };
  const below = (area: string): string => path.slice(area.length);
  if (path.startsWith(AREAS.data)) return { kind: 'file', path: below(AREAS.data) };
  if (path.startsWith(AREAS.cache)) return { kind: 'file', path: `cache/${below(AREAS.cache)}` };
  if (path.startsWith(AREAS.store)) return { kind: 'object', store: 'store', key: below(AREAS.store) };
  if (path.startsWith(AREAS.artifactStore))
    return { kind: 'object', store: 'artifactStore', key: below(AREAS.artifactStore) };
  return undefined;
}
