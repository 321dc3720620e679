import type { ScannedEntry } from '../archive/index.ts';
import type { FileDigest } from './digest-files.ts';
import { ArtifactError } from './error.ts';
import type { ManifestEntry } from './manifest.ts';
import { mediaTypeOf } from './media-type.ts';

/** What a tar unpacks to. */
export interface TarTree {
  /** How many folders something is in: a few names can be in very many. */
  readonly folders: number;
  /** `digest`: of a file, its number among those that are known in the end. Throws `UNSAFE`. */
  add(entry: ScannedEntry, digest?: number): void;
  /** In the order of the tar, without the folder that all is in. */
  entries(digests: readonly FileDigest[], redact?: (text: string) => string): ManifestEntry[];
}

interface Facts extends Omit<ManifestEntry, 'path' | 'mediaType' | keyof FileDigest> {
  readonly digest?: number;
}

interface Tree {
  /** By path, byte for byte. */
  readonly entries: Map<string, Facts>;
  /** What something is in, whether or not it has an entry of its own. */
  readonly folders: Set<string>;
}

const text = (bytes: string): string => Buffer.from(bytes, 'latin1').toString();

const unsafe = (path: string, what: string): ArtifactError =>
  new ArtifactError('UNSAFE', `The archive is not safe to unpack: ${JSON.stringify(text(path))} ${what}`);

function factsOf(tree: Tree, path: string, entry: ScannedEntry, digest: number | undefined): Facts {
  const { kind, mode, modifiedAt, sizeBytes, offset } = entry;
  const common = { mode, modifiedAt };
  if (kind === 'folder') return { type: 'folder', ...common, sizeBytes: 0 };
  if (kind === 'link') return { type: 'link', ...common, sizeBytes: 0, target: entry.target };
  if (kind === 'file')
    return { type: 'file', ...common, sizeBytes, offset, ...(digest !== undefined && { digest }) };
  const other = tree.entries.get(entry.targetParts.join('/'));
  if (other !== undefined && other.type !== 'folder') return { ...other, ...common };
  throw unsafe(path, `is a link to ${JSON.stringify(text(entry.targetParts.join('/')))}, no file before it`);
}

/** As when unpacking: nothing is below a file or link, and no folder gives way to one. */
function place(tree: Tree, parts: readonly string[], type: Facts['type']): string {
  let above = '';
  for (const part of parts.slice(0, -1)) {
    above = above === '' ? part : `${above}/${part}`;
    if (tree.folders.has(above)) continue;
    if ((tree.entries.get(above)?.type ?? 'folder') !== 'folder')
      throw unsafe(parts.join('/'), 'is below what is no folder');
    tree.folders.add(above);
  }
  const path = parts.join('/');
  const before = tree.entries.get(path)?.type;
  const wasFolder = before === 'folder' || tree.folders.has(path);
  if (type !== 'folder' && wasFolder) throw unsafe(path, 'would replace a folder');
  if (type === 'folder' && before !== undefined && !wasFolder) throw unsafe(path, 'would replace a file');
  return path;
}

/** The folder that all entries are in, with the slash after it; empty where there is none. */
function commonFolder({ entries }: Tree): string {
  let common: string | undefined;
  for (const [path, { type }] of entries) {
    const slash = path.indexOf('/');
    if (slash < 0 && type !== 'folder') return '';
    const first = slash < 0 ? path : path.slice(0, slash);
    if (common !== undefined && first !== common) return '';
    common = first;
  }
  return common === undefined ? '' : `${common}/`;
}

/** A path that no entry has yet: bytes that are no text, and masked secrets, can look alike. */
function uniquePath(path: string, taken: ReadonlySet<string>): string {
  let unique = path;
  for (let number = 2; taken.has(unique); number += 1) unique = `${path} (${number})`;
  return unique;
}

function named(
  tree: Tree,
  digests: readonly FileDigest[],
  redact: (text: string) => string,
): ManifestEntry[] {
  const folder = commonFolder(tree);
  const taken = new Set<string>();
  const found: ManifestEntry[] = [];
  for (const [bytes, { type, target, digest = -1, ...facts }] of tree.entries) {
    if (bytes.length < folder.length) continue; // the folder itself
    const path = uniquePath(redact(text(bytes.slice(folder.length))), taken);
    taken.add(path);
    found.push({
      path,
      type,
      ...facts,
      ...digests[digest],
      ...(target !== undefined && { target: redact(target) }),
      ...(type === 'file' && { mediaType: mediaTypeOf(path) }),
    });
  }
  return found;
}

export function createTarTree(): TarTree {
  const tree: Tree = { entries: new Map(), folders: new Set() };
  return {
    get folders() {
      return tree.folders.size;
    },
    add(entry, digest) {
      if (entry.parts.length === 0) return; // the folder that the tar is unpacked into
      const type = entry.kind === 'hardlink' ? 'file' : entry.kind;
      const path = place(tree, entry.parts, type);
      const facts = factsOf(tree, path, entry, digest);
      tree.entries.delete(path); // the later one of two has the later one's place
      tree.entries.set(path, facts);
    },
    entries: (digests, redact = (same) => same) => named(tree, digests, redact),
  };
}
