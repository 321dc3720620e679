import { packEntries, readTar, type StreamedEntry, type TarEntry } from '../../archive/index.ts';
import { refused } from './image-error.ts';
import { renamedIndex, renamedManifest, renamedRepositories } from './rename-image.ts';

/** What names images in an archive: each may be there or not, one that does so is needed. */
const RENAMING: Readonly<Record<string, (text: string, name: string) => string>> = {
  'manifest.json': renamedManifest,
  repositories: renamedRepositories,
  'index.json': renamedIndex,
};
const NAMING = ['manifest.json', 'repositories'];

const MAX_NAMING_BYTES = 1024 * 1024;
const MAX_ENTRIES = 100_000;
/** The only links that engines make: layers that are there once for several images. */
const LAYER_LINK = /^[^/]+\/layer\.tar$/;
const LAYER_TARGET = /^\.\.\/[0-9a-f]{64}\/layer\.tar$/;

/**
 * An archive in the format of `docker save` with one image, under another name and no other: what is loaded from it takes no
 * name away from another image. Entries that could lead elsewhere while it is unpacked are refused. Throws `ImageError`, and
 * `ArchiveError` where it is no archive.
 */
export const renameArchive = (
  archive: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Buffer, void, undefined> => packEntries(renamedEntries(archive, name));

async function* renamedEntries(
  archive: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<StreamedEntry, void, undefined> {
  const seen = new Set<string>();
  let count = 0;
  for await (const entry of readTar(archive)) {
    count += 1;
    if (count > MAX_ENTRIES) throw refused(`The image's archive has more than ${MAX_ENTRIES} entries`);
    checkPath(entry);
    const rename = Object.hasOwn(RENAMING, entry.path) ? RENAMING[entry.path] : undefined;
    if (rename === undefined) {
      yield passed(entry);
      continue;
    }
    if (seen.has(entry.path)) throw refused(`The image's archive has ${entry.path} twice`);
    seen.add(entry.path);
    yield await renamed(entry, (text) => rename(text, name));
  }
  if (NAMING.some((path) => seen.has(path))) return;
  throw refused('The archive is none of an image: it has neither manifest.json nor repositories');
}

function checkPath({ path, kind, target }: TarEntry): void {
  const parts = path.split('/');
  const isPlain = kind === 'file' || kind === 'folder';
  const isLayerLink = kind === 'link' && LAYER_LINK.test(path) && LAYER_TARGET.test(target);
  const goesUp = parts.some((part) => part === '..' || part === '.');
  if ((isPlain || isLayerLink) && !goesUp && !path.includes('\0') && !path.includes('//')) return;
  throw refused(`The image's archive has an entry that no archive of an image has: ${JSON.stringify(path)}`);
}

function passed({ path, kind, mode, sizeBytes, target, content }: TarEntry): StreamedEntry {
  if (kind === 'file') return { path, kind, mode, sizeBytes, content: content() };
  return kind === 'link'
    ? { path, kind, mode, sizeBytes: 0, target }
    : { path, kind: 'folder', mode, sizeBytes: 0 };
}

async function renamed(
  { path, kind, sizeBytes, content }: TarEntry,
  rename: (text: string) => string,
): Promise<StreamedEntry> {
  if (kind !== 'file' || sizeBytes > MAX_NAMING_BYTES) {
    throw refused(
      `The image's archive has a ${path} that is no file, or larger than ${MAX_NAMING_BYTES} bytes`,
    );
  }
  const pieces: Buffer[] = [];
  for await (const piece of content()) pieces.push(piece);
  const bytes = Buffer.from(rename(Buffer.concat(pieces).toString()));
  return { path, kind: 'file', mode: 0o644, sizeBytes: bytes.length, content: once(bytes) };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void> {
  yield bytes;
}
