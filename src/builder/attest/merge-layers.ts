import type { FoundPackage } from './finders/finder.ts';
import type { ImagePackage } from './image-report.ts';
import type { LayerContents } from './layer-contents.ts';
import { packageUrl } from './package-url.ts';
import { Turns } from './turns.ts';

/** One layer of an image, from the lowest up. */
export interface MergedLayer {
  readonly contents: LayerContents;
  readonly isAdded: boolean;
}

type Definitions = Map<string, readonly FoundPackage[]>;

/** The packages that an image has: what a layer takes away, or says anew, is not there any more. */
export async function mergeLayers(layers: readonly MergedLayer[]): Promise<ImagePackage[]> {
  const definitions: Definitions = new Map();
  const turns = new Turns();
  const distribution = layers.findLast(({ contents }) => contents.distribution)?.contents.distribution?.id;
  let ofSource: ReadonlySet<string> | undefined;
  for (const { contents, isAdded } of layers) {
    if (isAdded) ofSource ??= await keysOf(definitions, turns);
    apply(definitions, contents);
    if (turns.isOver) await turns.next();
  }
  const known = ofSource ?? (await keysOf(definitions, turns));
  return await asPackages(definitions, { ofSource: known, distribution, turns });
}

function apply(definitions: Definitions, { definitions: own, hidden, emptied }: LayerContents): void {
  if (hidden.size + emptied.size > 0)
    for (const path of definitions.keys()) if (isHidden(path, hidden, emptied)) definitions.delete(path);
  for (const [path, packages] of own) {
    if (packages.length === 0) definitions.delete(path);
    else definitions.set(path, packages);
  }
}

function isHidden(path: string, hidden: ReadonlySet<string>, emptied: ReadonlySet<string>): boolean {
  if (hidden.has(path) || emptied.has('')) return true;
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash);
    if (hidden.has(folder) || emptied.has(folder)) return true;
  }
  return false;
}

const keyOf = (path: string, one: FoundPackage): string => `${path}\0${packageUrl(one)}`;

/** A list of packages that is written anew has mostly the same ones: what counts is which were not there before. */
async function keysOf(definitions: Definitions, turns: Turns): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const [path, packages] of definitions)
    for (const one of packages) {
      keys.add(keyOf(path, one));
      if (turns.isOver) await turns.next();
    }
  return keys;
}

/** One package that is there several times is listed once, with all that it takes. */
async function asPackages(
  definitions: Definitions,
  {
    ofSource,
    distribution,
    turns,
  }: {
    readonly ofSource: ReadonlySet<string>;
    readonly distribution: string | undefined;
    readonly turns: Turns;
  },
): Promise<ImagePackage[]> {
  const merged = new Map<string, ImagePackage>();
  for (const [path, packages] of definitions)
    for (const one of packages) {
      const listed = asPackage(one, distribution, !ofSource.has(keyOf(path, one)));
      const before = merged.get(listed.purl);
      merged.set(listed.purl, before === undefined ? listed : together(before, listed));
      if (turns.isOver) await turns.next();
    }
  return [...merged.values()].toSorted(byName);
}

function asPackage(found: FoundPackage, distribution: string | undefined, isAdded: boolean): ImagePackage {
  const isOfDistribution = (found.type === 'deb' || found.type === 'apk') && distribution !== undefined;
  const purl = packageUrl(isOfDistribution ? { ...found, namespace: distribution } : found);
  const license = found.license?.replaceAll(/\s+/g, ' ').trim();
  const isShown = license !== undefined && license !== '' && !/\p{C}/u.test(license);
  return {
    name: fullName(found),
    version: found.version,
    purl,
    ...(isShown && { license }),
    ...(found.sizeBytes !== undefined && { sizeBytes: found.sizeBytes }),
    isAdded,
  };
}

/** As people of that language call it. */
function fullName({ type, namespace, name }: FoundPackage): string {
  if (namespace === undefined) return name;
  return `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
}

function together(one: ImagePackage, other: ImagePackage): ImagePackage {
  const sizes = [one.sizeBytes, other.sizeBytes].filter((size) => size !== undefined);
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    ...other,
    ...one,
    ...(sizes.length > 0 && { sizeBytes }),
    isAdded: one.isAdded || other.isAdded,
  };
}

function byName(one: ImagePackage, other: ImagePackage): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.purl < other.purl ? -1 : 1;
}
