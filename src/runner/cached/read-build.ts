import type { SourceEntry } from '../../pipeline/index.ts';
import type { CachedBuild } from './build-cache.ts';
import { DamagedBuildError } from './damaged-build.ts';
import { MAX_LISTING_BYTES, readSourceListing, SOURCE_LISTING } from './inputs/source-listing.ts';
import { isCachedRecord, isTarRecipe, isTimeline } from './kept-shapes.ts';
import { type CachedRecord, PLACE, type TimelineEntry } from './record.ts';
import type { TarRecipe } from './tar-recipe.ts';

const MAX_JSON_BYTES = 64 * 1024 ** 2; // some 200,000 entries of a timeline

/** Lists and objects, of which each takes a hundred bytes of memory however short it is; a recipe may have a million. */
const MAX_CONTAINERS = 2_000_000;

const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);

/** Whether a text has more opening brackets than so many. */
function opensMore(bytes: Buffer, limit: number): boolean {
  let count = 0;
  if (bytes.length <= limit) return false;
  for (const byte of bytes) if (OPENING.has(byte)) count += 1;
  return count > limit;
}

/** A file of a build that every build has. */
export async function readNeeded(build: CachedBuild, path: string, maxBytes: number): Promise<Buffer> {
  const bytes = await build.read(path, maxBytes);
  if (bytes === undefined) throw new DamagedBuildError(`${path} is not there`);
  return bytes;
}

async function readJson(build: CachedBuild, path: string): Promise<unknown> {
  const bytes = await readNeeded(build, path, MAX_JSON_BYTES);
  if (opensMore(bytes, MAX_CONTAINERS))
    throw new DamagedBuildError(`${path} is more than Slipway writes there`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new DamagedBuildError(`${path} is no JSON`, { cause: error });
  }
}

async function readAs<T>(
  build: CachedBuild,
  path: string,
  isOne: (value: unknown) => value is T,
): Promise<T> {
  const value = await readJson(build, path);
  if (isOne(value)) return value;
  throw new DamagedBuildError(`${path} is not what Slipway writes there`);
}

/** What a build says of itself. Throws `DamagedBuildError` and `CacheError`. */
export const readBuildRecord = (build: CachedBuild): Promise<CachedRecord> =>
  readAs(build, PLACE.record, isCachedRecord);

/** All that was in the source of a build. Throws `DamagedBuildError` and `CacheError`. */
export async function readBuildSource(build: CachedBuild): Promise<readonly SourceEntry[]> {
  const listing = readSourceListing(await readNeeded(build, SOURCE_LISTING, MAX_LISTING_BYTES));
  if (listing === undefined) throw new DamagedBuildError(`${SOURCE_LISTING} is no listing of a source`);
  return listing;
}

/** What a build's run told. Throws `DamagedBuildError` and `CacheError`. */
export const readTimeline = (build: CachedBuild): Promise<readonly TimelineEntry[]> =>
  readAs(build, PLACE.timeline, isTimeline);

/** How the tar of an artifact is put together. Throws `DamagedBuildError` and `CacheError`. */
export const readRecipe = (build: CachedBuild, path: string): Promise<TarRecipe> =>
  readAs(build, path, isTarRecipe);
