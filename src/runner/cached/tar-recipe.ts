import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { scanTar } from '../../archive/index.ts';
import { visibleText } from '../../kernel/index.ts';
import type { CachedBuild } from './build-cache.ts';
import { DamagedBuildError } from './damaged-build.ts';

/**
 * A tar without the contents of its files: with those it can be put together again byte for byte, so its digest, its times
 * and its owners are those that the run had, and each content is in the cache once.
 */
export interface TarRecipe {
  readonly version: 1;
  /** Bytes of the rest, then the file whose content follows them, and its size. What is behind the last one is rest. */
  readonly pieces: readonly (readonly [restBytes: number, path: string, sizeBytes: number])[];
}

/** Of headers and what lies between: some 60,000 entries. */
export const MAX_REST_BYTES = 64 * 1024 ** 2;

export interface MadeRecipe {
  readonly recipe: TarRecipe;
  readonly rest: Buffer;
  /** Of the tar, in hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Gathers what of a stream is not skipped. */
function gatherRest() {
  const pieces: Buffer[] = [];
  let gathered = 0;
  let at = 0;
  let skipTo = 0;
  return {
    pieces,
    see(bytes: Buffer): void {
      const kept = bytes.subarray(Math.min(bytes.length, Math.max(0, skipTo - at)));
      at += bytes.length;
      if (kept.length === 0) return;
      gathered += kept.length;
      if (gathered > MAX_REST_BYTES) throw new DamagedBuildError('it has too many entries');
      pieces.push(Buffer.from(kept)); // chunks are borrowed
    },
    /** The next bytes are a file's content. */
    skip(sizeBytes: number): void {
      skipTo = at + sizeBytes;
    },
    get bytes(): number {
      return gathered;
    },
  };
}

/** The path below the tar's first folder, as it was unpacked. */
const pathOf = (parts: readonly string[]): string =>
  Buffer.from(parts.slice(1).join('/'), 'latin1').toString('utf8');

/** Takes a tar apart. Throws `DamagedBuildError` where it has two entries of one path, of which only one is unpacked, or too many. */
export async function makeRecipe(tar: string): Promise<MadeRecipe> {
  const hash = createHash('sha256');
  const rest = gatherRest();
  let sizeBytes = 0;
  const onBytes = (bytes: Buffer): void => {
    hash.update(bytes);
    sizeBytes += bytes.length;
    rest.see(bytes);
  };
  const seen = new Set<string>();
  const pieces: [number, string, number][] = [];
  let before = 0;
  for await (const { kind, parts, sizeBytes: size } of scanTar(createReadStream(tar), { onBytes })) {
    const path = pathOf(parts);
    if (seen.has(path)) throw new DamagedBuildError(`its tar has "${visibleText(path)}" twice`);
    seen.add(path);
    if (kind !== 'file' || size === 0) continue;
    const now = rest.bytes;
    pieces.push([now - before, path, size]);
    before = now;
    rest.skip(size);
  }
  const recipe: TarRecipe = { version: 1, pieces };
  return { recipe, rest: Buffer.concat(rest.pieces), sha256: hash.digest('hex'), sizeBytes };
}

/** Small files are asked for before it is their turn: each costs a few calls of the system, and they wait together. */
const AHEAD = 16;
const SMALL_BYTES = 256 * 1024;

type Content = Promise<AsyncIterable<Uint8Array> | readonly Uint8Array[]>;

async function contentOf(build: CachedBuild, path: string, sizeBytes: number): Content {
  const missing = (): never => {
    throw new DamagedBuildError(`the file ${visibleText(path)} is not there`);
  };
  if (sizeBytes > SMALL_BYTES) return (await build.open(path)) ?? missing();
  return [(await build.read(path, sizeBytes)) ?? missing()];
}

/** Puts the tar together again, its files below `folder` of the build. Throws `DamagedBuildError` and `CacheError`. */
export async function* followRecipe(
  build: CachedBuild,
  { recipe, rest, folder }: { readonly recipe: TarRecipe; readonly rest: Buffer; readonly folder: string },
): AsyncGenerator<Buffer, void, undefined> {
  const asked: Content[] = [];
  const ask = (index: number): void => {
    const piece = recipe.pieces[index];
    if (piece === undefined) return;
    const content = contentOf(build, `${folder}/${piece[1]}`, piece[2]);
    content.catch(() => undefined); // told when it is its turn
    asked[index] = content;
  };
  for (let index = 0; index < AHEAD; index += 1) ask(index);
  let at = 0;
  for (const [index, [restBytes, path, sizeBytes]] of recipe.pieces.entries()) {
    yield rest.subarray(at, at + restBytes);
    at += restBytes;
    let left = sizeBytes;
    for await (const bytes of (await asked[index]) ?? []) {
      left -= bytes.length;
      yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    delete asked[index];
    if (left !== 0) throw new DamagedBuildError(`the file ${visibleText(path)} is not as large as it was`);
    ask(index + AHEAD);
  }
  yield rest.subarray(at);
}
