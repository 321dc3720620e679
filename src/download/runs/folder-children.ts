import type { ManifestEntry } from '../../artifacts/index.ts';

/** What is directly in one folder of an artifact. */
export interface FolderChild {
  readonly name: string;
  /** From the artifact's top. */
  readonly path: string;
  readonly type: ManifestEntry['type'];
  /** Of a file; of a folder the sum of the files below it. */
  readonly sizeBytes: number;
  /** Files and links below a folder; 1 for anything else. */
  readonly files: number;
  readonly target?: string;
}

interface Gathered {
  type: ManifestEntry['type'];
  sizeBytes: number;
  files: number;
  target?: string;
}

/**
 * What is in a folder of an artifact (`''`: the outermost), folders first, each by name; `undefined` where there is no such
 * folder. A folder that only its files name counts too.
 */
export function folderChildren(
  entries: readonly ManifestEntry[],
  folder: string,
): readonly FolderChild[] | undefined {
  const prefix = folder === '' ? '' : `${folder}/`;
  const children = new Map<string, Gathered>();
  let found = folder === '';
  for (const entry of entries) {
    if (entry.path === folder && entry.type === 'folder') found = true;
    if (!entry.path.startsWith(prefix) || entry.path === folder) continue;
    found = true;
    gather(children, entry, entry.path.slice(prefix.length));
  }
  if (!found) return undefined;
  return [...children]
    .map(([name, child]) => ({ name, path: prefix + name, ...child }))
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const rank = ({ type }: { readonly type: string }): number => (type === 'folder' ? 0 : 1);

function gather(children: Map<string, Gathered>, entry: ManifestEntry, below: string): void {
  const slash = below.indexOf('/');
  const name = slash < 0 ? below : below.slice(0, slash);
  if (slash < 0 && entry.type !== 'folder') {
    const target = entry.target === undefined ? {} : { target: entry.target };
    children.set(name, { type: entry.type, sizeBytes: entry.sizeBytes, files: 1, ...target });
    return;
  }
  const child = children.get(name) ?? { type: 'folder', sizeBytes: 0, files: 0 };
  children.set(name, child);
  if (slash < 0 || entry.type === 'folder') return;
  child.sizeBytes += entry.sizeBytes;
  child.files += 1;
}
