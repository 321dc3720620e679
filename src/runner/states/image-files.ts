import { createHash } from 'node:crypto';
import { readTar, type TarEntry } from '../../archive/index.ts';

/** One file of an image, without its content. */
export interface ImageFile {
  readonly kind: TarEntry['kind'];
  readonly mode: number;
  readonly sizeBytes: number;
  /** Of a link. */
  readonly target?: string;
  /** Of the content; files only. */
  readonly digest?: string;
}

/** A layer by its name in the archive, which is the same in every image that has it. */
export type KnownLayers = Map<string, Layer>;

export interface ReadOptions {
  /** Whose content is kept; absolute paths. */
  readonly wanted?: ReadonlySet<string>;
  /** Layers that another image had: they are not read again. Those that are new are added. */
  readonly known?: KnownLayers;
}

export interface ImageFiles {
  /** By absolute path. */
  readonly files: ReadonlyMap<string, ImageFile>;
  /** The contents that were asked for and are there. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

interface Layer {
  readonly files: Map<string, ImageFile>;
  /** Paths that the layer takes away. */
  readonly gone: string[];
  /** Folders that the layer has anew: nothing from below is in them. */
  readonly opaque: string[];
  readonly contents: Map<string, Buffer>;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_CONTENT_BYTES = 16 * 1024 * 1024;
const MAX_JSON_BYTES = 16 * 1024 * 1024;

async function bytesOf(entry: TarEntry, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of entry.content()) {
    if (size < maxBytes) pieces.push(piece);
    size += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, maxBytes);
}

async function readFile(entry: TarEntry, keep: boolean): Promise<{ file: ImageFile; content?: Buffer }> {
  const { kind, mode, sizeBytes, target } = entry;
  if (kind === 'link') return { file: { kind, mode, sizeBytes, target } };
  if (kind !== 'file') return { file: { kind, mode, sizeBytes } };
  const hash = createHash('sha256');
  const pieces: Buffer[] = [];
  for await (const piece of entry.content()) {
    hash.update(piece);
    if (keep && sizeBytes <= MAX_CONTENT_BYTES) pieces.push(piece);
  }
  const file: ImageFile = { kind, mode, sizeBytes, digest: hash.digest('hex') };
  return keep ? { file, content: Buffer.concat(pieces) } : { file };
}

/** Of a hard link its other name's; that comes before it in the same layer. */
function linked(layer: Layer, entry: TarEntry): ImageFile | undefined {
  return layer.files.get(`/${entry.target.replace(/^(?:\.?\/)+/, '')}`);
}

async function readLayer(entry: TarEntry, wanted: ReadonlySet<string>): Promise<Layer> {
  const layer: Layer = { files: new Map(), gone: [], opaque: [], contents: new Map() };
  for await (const inner of readTar(entry.content())) {
    const path = `/${inner.path}`;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === OPAQUE) layer.opaque.push(path.slice(0, slash));
    else if (name.startsWith(WHITEOUT))
      layer.gone.push(`${path.slice(0, slash)}/${name.slice(WHITEOUT.length)}`);
    else if (inner.kind === 'hardlink') {
      const file = linked(layer, inner);
      if (file !== undefined) layer.files.set(path, file);
    } else if (path !== '/') {
      const { file, content } = await readFile(inner, wanted.has(path));
      layer.files.set(path, file);
      if (content !== undefined) layer.contents.set(path, content);
    }
  }
  return layer;
}

function removeBelow<T>(map: Map<string, T>, folder: string): void {
  for (const path of map.keys()) if (path.startsWith(`${folder}/`)) map.delete(path);
}

/** Lays the layers on each other, the lowest first. */
function flatten(layers: readonly Layer[]): ImageFiles {
  const files = new Map<string, ImageFile>();
  const contents = new Map<string, Buffer>();
  for (const layer of layers) {
    for (const folder of layer.opaque) removeBelow(files, folder);
    for (const path of layer.gone) {
      files.delete(path);
      removeBelow(files, path);
    }
    for (const [path, file] of layer.files) {
      if (file.kind !== 'folder' && files.get(path)?.kind === 'folder') removeBelow(files, path);
      files.set(path, file);
      contents.delete(path);
    }
    for (const [path, content] of layer.contents) contents.set(path, content);
  }
  for (const path of contents.keys()) if (!files.has(path)) contents.delete(path);
  return { files, contents };
}

/** The names of the layers in the archive, the lowest first. Throws where the archive has none. */
function layerNames(manifest: string | undefined): string[] {
  const [image] = JSON.parse(manifest ?? '[]') as { Layers?: unknown }[]; // as every engine writes it
  if (Array.isArray(image?.Layers)) return image.Layers.map(String);
  throw new Error('the engine gave an image without a list of its layers');
}

const mayBeLayer = ({ kind, path }: TarEntry): boolean =>
  kind === 'file' && (path.endsWith('.tar') || path.startsWith('blobs/'));

/** Whether these are the first bytes of a tar. */
const isTar = (start: Buffer): boolean =>
  start.length === 0 ||
  start.subarray(257, 262).toString('latin1') === 'ustar' ||
  start.every((byte) => byte === 0);

/** An entry whose first bytes were looked at, and that can be read from its beginning all the same. */
async function peek(entry: TarEntry): Promise<{ start: Buffer; whole: TarEntry }> {
  const content = entry.content();
  let start = Buffer.alloc(0);
  while (start.length < 512) {
    const next = await content.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* whole(): AsyncGenerator<Buffer, void, undefined> {
    if (start.length > 0) yield start;
    yield* content;
  }
  return { start: start.subarray(0, 512), whole: { ...entry, content: whole } };
}

/** All files of an image from what `saveImage` gives, hashed as they pass; nothing is unpacked. */
export async function readImageFiles(
  archive: AsyncIterable<Buffer>,
  { wanted = new Set(), known: layers = new Map() }: ReadOptions = {},
): Promise<ImageFiles> {
  const links = new Map<string, string>();
  let manifest: string | undefined;
  for await (const entry of readTar(archive)) {
    if (entry.path === 'manifest.json') manifest = (await bytesOf(entry, MAX_JSON_BYTES)).toString('utf8');
    else if (entry.kind === 'link') links.set(entry.path, linkTarget(entry));
    else if (mayBeLayer(entry) && !layers.has(entry.path)) {
      const { start, whole } = await peek(entry);
      if (isTar(start)) layers.set(entry.path, await readLayer(whole, wanted));
    }
  }
  const found = layerNames(manifest).map((name) => layers.get(name) ?? layers.get(links.get(name) ?? ''));
  if (found.some((layer) => layer === undefined)) {
    throw new Error('the engine gave an image with layers that cannot be read');
  }
  return flatten(found.filter((layer) => layer !== undefined));
}

/** Old engines write a layer that is there twice as a link: `../<id>/layer.tar`. */
function linkTarget({ path, target }: TarEntry): string {
  const parts = path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
