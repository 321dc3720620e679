import { ArchiveError, readTar, type TarEntry } from '../../archive/index.ts';
import { unpackLayer } from './decompress.ts';
import { type Distribution, isOsRelease, isRpmDatabase, readOsRelease } from './finders/distribution.ts';
import { type Finder, type FoundPackage, MIB } from './finders/finder.ts';
import { goFolderOf, goPackage } from './finders/go.ts';
import { FINDERS, packageFolderOf } from './finders/index.ts';
import { isRecord, recordedBytes } from './finders/python.ts';
import type { LayerContents } from './layer-contents.ts';
import { compact, isSound } from './sound-package.ts';
import { Turns } from './turns.ts';

/** What is read of one layer at most; a layer that has more is read that far. */
export interface LayerLimits {
  readonly maxBytes: number;
  readonly maxRatio: number;
  readonly maxEntries: number;
  readonly maxPackages: number;
}

export const LAYER_LIMITS: LayerLimits = {
  maxBytes: 16 * 1024 * MIB,
  maxRatio: 200, // zeros alone pack to a thousandth
  maxEntries: 2_000_000,
  maxPackages: 50_000,
};

// Of all of these together some 200 MB at most are held for a layer that is made to be large.
const MAX_PATH = 1000;
const MAX_HIDDEN = 50_000;
const MAX_FOLDERS = 100_000;
const MAX_NOTICES = 20;
const MAX_RECORD_BYTES = 8 * MIB;
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** What has been found so far. */
interface Found {
  readonly limits: LayerLimits;
  readonly turns: Turns;
  readonly definitions: Map<string, readonly FoundPackage[]>;
  readonly hidden: Set<string>;
  readonly emptied: Set<string>;
  readonly notices: Set<string>;
  /** What the files of a package's folder take. */
  readonly bytes: Map<string, number>;
  distribution?: Distribution;
  packages: number;
  isComplete: boolean;
}

/**
 * Reads the packages of a layer out of its tar. What is damaged, or larger than allowed, ends the reading with a notice; what
 * `layer` throws is thrown.
 */
export async function readLayer(
  layer: AsyncIterable<Buffer>,
  limits: LayerLimits = LAYER_LIMITS,
): Promise<LayerContents> {
  const found: Found = {
    limits,
    turns: new Turns(),
    definitions: new Map(),
    hidden: new Set(),
    emptied: new Set(),
    notices: new Set(),
    bytes: new Map(),
    packages: 0,
    isComplete: true,
  };
  try {
    await readEntries(layer, found);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    stop(found, `not all of it was read: ${error.message}`);
  }
  return contentsOf(found);
}

function stop(found: Found, notice: string): void {
  found.isComplete = false;
  found.notices.add(notice);
}

async function readEntries(layer: AsyncIterable<Buffer>, found: Found): Promise<void> {
  let entries = 0;
  for await (const entry of readTar(unpackLayer(layer, found.limits))) {
    entries += 1;
    if (entries > found.limits.maxEntries)
      throw new ArchiveError('LIMIT', `it has more than ${found.limits.maxEntries} entries`);
    await readOne(entry, found);
    if (found.turns.isOver) await found.turns.next();
  }
}

async function readOne(entry: TarEntry, found: Found): Promise<void> {
  const { path } = entry;
  if (path.length > MAX_PATH || path.split('/').includes('..')) return;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (name.startsWith(WHITEOUT)) hide(found, path.slice(0, Math.max(slash, 0)), name);
  else if (entry.kind === 'file') await readFile(entry, found);
  // A link in the place of a folder hides all that a lower layer has in it.
  else if (entry.kind === 'link' && packageFolderOf(`${path}/`) === path)
    addHidden(found, found.hidden, path);
}

function hide(found: Found, folder: string, name: string): void {
  if (name === OPAQUE) addHidden(found, found.emptied, folder);
  else if (!name.startsWith('.wh..wh.'))
    addHidden(found, found.hidden, folder === '' ? name.slice(4) : `${folder}/${name.slice(4)}`);
}

function addHidden(found: Found, set: Set<string>, path: string): void {
  if (set.size < MAX_HIDDEN) set.add(path);
  else stop(found, `it takes away more than ${MAX_HIDDEN} files of other layers`);
}

async function readFile(entry: TarEntry, found: Found): Promise<void> {
  const { path, sizeBytes } = entry;
  count(found, path, sizeBytes);
  const finder = FINDERS.find((one) => one.defines(path));
  if (finder !== undefined) await define(entry, finder, found);
  else if (isOsRelease(path)) await readDistribution(entry, found);
  else if (isRecord(path) && sizeBytes <= MAX_RECORD_BYTES) await readRecord(entry, found);
  else if (isRpmDatabase(path)) found.notices.add('its packages of RPM are not listed');
}

async function readRecord(entry: TarEntry, { bytes, turns }: Found): Promise<void> {
  const folder = entry.path.slice(0, entry.path.lastIndexOf('/'));
  for (const soFar of recordedBytes(await contentOf(entry))) {
    bytes.set(folder, soFar);
    if (turns.isOver) await turns.next();
  }
}

/** Adds a file to what its package takes; a module of Go is there as soon as a file of it is. */
function count(found: Found, path: string, sizeBytes: number): void {
  const folder = packageFolderOf(path);
  if (folder === undefined) return;
  const before = found.bytes.get(folder);
  if (before === undefined && found.bytes.size >= MAX_FOLDERS) return;
  found.bytes.set(folder, (before ?? 0) + sizeBytes);
  if (before !== undefined || goFolderOf(path) !== folder) return;
  const packages: FoundPackage[] = [];
  addSound(found, packages, goPackage(folder));
  found.definitions.set(folder, packages);
}

async function define(entry: TarEntry, finder: Finder, found: Found): Promise<void> {
  if (entry.sizeBytes > finder.maxBytes) {
    stop(found, `a list of packages with ${entry.sizeBytes} bytes was not read`);
    return;
  }
  const content = await contentOf(entry);
  let packages: readonly FoundPackage[];
  try {
    packages = await parsed(finder.parse(entry.path, content), found);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    packages = [];
    if (found.notices.size < MAX_NOTICES) found.notices.add('some lists of packages in it make no sense');
  }
  // Also nothing is told: a lower layer's packages are hidden by it.
  found.definitions.set(entry.path, packages);
}

/** What is sound of it, as long as there is room. */
async function parsed(pieces: Iterable<FoundPackage | undefined>, found: Found): Promise<FoundPackage[]> {
  const packages: FoundPackage[] = [];
  for (const one of pieces) {
    if (one !== undefined) addSound(found, packages, one);
    if (found.turns.isOver) await found.turns.next();
  }
  return packages;
}

function addSound(found: Found, packages: FoundPackage[], one: FoundPackage): void {
  if (!isSound(one)) {
    found.notices.add('some packages in it have names that are none');
    return;
  }
  found.packages += 1;
  if (found.packages > found.limits.maxPackages)
    throw new ArchiveError('LIMIT', `it has more than ${found.limits.maxPackages} packages`);
  packages.push(compact(one));
}

async function readDistribution(entry: TarEntry, found: Found): Promise<void> {
  if (entry.sizeBytes > 64 * 1024) return;
  const distribution = readOsRelease(await contentOf(entry));
  if (distribution !== undefined) found.distribution = distribution;
}

async function contentOf(entry: TarEntry): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(entry.content()));
}

function contentsOf({ definitions, bytes, distribution, ...found }: Found): LayerContents {
  const sized = new Map<string, readonly FoundPackage[]>();
  for (const [path, packages] of definitions)
    sized.set(
      path,
      packages.map((one) => withSize(one, bytes)),
    );
  const { hidden, emptied, isComplete } = found;
  const notices = [...found.notices];
  return { definitions: sized, hidden, emptied, notices, isComplete, ...(distribution && { distribution }) };
}

function withSize(found: FoundPackage, bytes: ReadonlyMap<string, number>): FoundPackage {
  const sizeBytes = found.sizeBytes ?? bytes.get(found.folder ?? '');
  return sizeBytes === undefined ? found : { ...found, sizeBytes };
}
