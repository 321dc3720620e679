import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore } from '../../store/index.ts';
import type { FactsLine } from '../format.ts';
import type { Place } from './place.ts';

/** What a backup is put into. */
export interface RestoreTarget {
  /** A folder that nobody else has. */
  readonly folder: string;
  readonly storeOf: (store: 'store' | 'artifactStore') => Promise<ObjectStore>;
}

export interface Written {
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
}

const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** Writes a file or an object, and tells what it was. */
export async function writePlace(
  place: Place,
  content: AsyncIterable<Uint8Array>,
  { target, facts }: { readonly target: RestoreTarget; readonly facts: FactsLine | undefined },
): Promise<Written> {
  if (place.kind === 'file') return await writeFile(join(target.folder, place.path), content);
  const store = await target.storeOf(place.store);
  const { sizeBytes, sha256 } = await store.put(place.key, content, {
    ...(facts?.mediaType !== undefined && { mediaType: facts.mediaType }),
    ...(facts?.expiresAt !== undefined && { expiresAt: facts.expiresAt }),
  });
  return { sizeBytes, sha256 };
}

/** For its owner alone, until the manifest has said more. */
async function writeFile(path: string, content: AsyncIterable<Uint8Array>): Promise<Written> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using file = await open(path, WRITE, 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const bytes of content) {
    hash.update(bytes);
    sizeBytes += bytes.length;
    await file.writeFile(bytes);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Gives a file what the manifest says of it. */
export async function settleFile(
  path: string,
  { mode, modifiedAt }: { readonly mode?: number; readonly modifiedAt?: number },
): Promise<void> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  // Nobody gets more than before, and its owner no less than they need.
  if (mode !== undefined) await file.chmod((mode & 0o755) | 0o400);
  if (modifiedAt !== undefined) await utimes(path, modifiedAt / 1000, modifiedAt / 1000);
}

/** Takes away what is no part of the backup after all. */
export async function removePlace(place: Place, target: RestoreTarget): Promise<void> {
  if (place.kind === 'file') await rm(join(target.folder, place.path), { force: true });
  else await (await target.storeOf(place.store)).remove(place.key);
}
