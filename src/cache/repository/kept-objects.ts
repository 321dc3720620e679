import { lstatSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner } from '../../kernel/index.ts';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import { makeFolder } from './folders.ts';
import type { Layout } from './layout.ts';
import type { StagedObject } from './object-area.ts';
import { isWhole } from './receive-object.ts';
import { renewFile } from './renew-file.ts';
import { isAnyUnderWay } from './staging-folder.ts';

/** How long a push that was cut can go on where it was. */
const KEEP_MS = 24 * 60 * 60_000;

/** Whole, checked objects of pushes that were cut: nobody sees them, and the next push need not send them again. */
export interface KeptObjects {
  /** Where one is, or is to be; a killed process may have left a part of it there. */
  pathOf(name: ObjectName): string;
  /** Of those that were there when this was opened. */
  find(name: ObjectName): StagedObject | undefined;
}

/** Whose they are can go on with them, and nobody else. */
const NOT_MINE = ['EACCES', 'EPERM'];

export interface KeptOptions {
  readonly now: number;
  /** No quota covers what nobody sees: where so much is there already, nothing is added to it. @defaultValue no limit */
  readonly maxBytes?: number;
}

/**
 * Opens them, without those that waited for too long; `undefined` where they are another user's, or too many. Nothing waited
 * for the disk to have them: the folder is that of this start of the machine, and one of an earlier start is only removed.
 */
export async function openKeptObjects(
  layout: Layout,
  options: KeptOptions,
): Promise<KeptObjects | undefined> {
  return await unless(NOT_MINE, openOwn(layout, options));
}

async function openOwn(
  layout: Layout,
  { now, maxBytes = Number.POSITIVE_INFINITY }: KeptOptions,
): Promise<KeptObjects | undefined> {
  let leftBytes = 0;
  const all = join(layout.own, 'kept');
  const [boot = ''] = currentOwner().process.split('.');
  const folder = join(all, boot);
  await makeFolder(all, 0o700);
  await makeFolder(folder, 0o700);
  for (const name of await readdir(all)) {
    const { left, bytes } = await sweep(join(all, name), now);
    leftBytes += bytes;
    if (left === 0 && name !== boot) await rm(join(all, name), { recursive: true, force: true });
  }
  if (leftBytes > maxBytes) return undefined;
  const pathOf = (name: ObjectName): string => `${folder}/${objectFileName(name)}`;
  const names = new Set(await readdir(folder)); // most often none: then nothing need be looked for
  return {
    pathOf,
    find(name) {
      if (!names.has(objectFileName(name))) return undefined;
      const path = pathOf(name);
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined || !isWhole(found)) return undefined;
      renewFile(path, found.mtimeMs); // its day begins anew: another push would let go of it in the middle of this one
      return { name, path, sizeBytes: found.size, modifiedAt: found.mtimeMs };
    },
  };
}

export interface LetGoOptions {
  /** Those that came later stay. @defaultValue all go */
  readonly cameBefore?: number;
  /** The folder of the push or pull that asks. */
  readonly own?: string;
  /** What that one counts on. */
  readonly staysAt?: ReadonlySet<string>;
  /** Only counts. @defaultValue false */
  readonly isDryRun?: boolean;
}

/**
 * Lets go of what cut pushes and pulls left, unless another one is under way: that may count on it. Of what is another
 * user's nothing goes. Gives what went.
 */
export async function letGoOfKept(
  { own: ownFolder, temporary }: Layout,
  { cameBefore = Number.POSITIVE_INFINITY, own, staysAt = new Set(), isDryRun = false }: LetGoOptions = {},
): Promise<{ readonly objects: number; readonly bytes: number }> {
  const gone = { objects: 0, bytes: 0 };
  for await (const { path, sizeBytes, modifiedAt } of listKept(ownFolder)) {
    if (modifiedAt >= cameBefore || staysAt.has(path)) continue;
    if (await isAnyUnderWay(temporary, own)) return gone; // each time: one may begin between thousands of files
    if (!isDryRun) await rm(path, { recursive: true, force: true });
    gone.objects += 1;
    gone.bytes += sizeBytes;
  }
  return gone;
}

/** How much cut pushes and pulls left, as far as this user may look. */
export async function keptSize({
  own,
}: Layout): Promise<{ readonly objects: number; readonly bytes: number }> {
  const kept = { objects: 0, bytes: 0 };
  for await (const { sizeBytes } of listKept(own)) {
    kept.objects += 1;
    kept.bytes += sizeBytes;
  }
  return kept;
}

async function* listKept(
  own: string,
): AsyncGenerator<{ readonly path: string; readonly sizeBytes: number; readonly modifiedAt: number }, void> {
  const all = join(own, 'kept');
  for (const boot of await namesIn(all)) {
    for (const name of await namesIn(join(all, boot))) {
      const path = join(all, boot, name);
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found !== undefined) yield { path, sizeBytes: found.size, modifiedAt: found.mtimeMs };
    }
  }
}

const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await unless([...ABSENT, ...NOT_MINE], readdir(folder))) ?? [];

/** Gives how many are left, and how much that is. */
async function sweep(
  folder: string,
  now: number,
): Promise<{ readonly left: number; readonly bytes: number }> {
  const names = (await unless(ABSENT, readdir(folder))) ?? [];
  let left = names.length;
  let bytes = 0;
  for (const name of names) {
    const found = await unless(ABSENT, lstat(join(folder, name)));
    if (found !== undefined && now - found.mtimeMs <= KEEP_MS) {
      bytes += found.size;
      continue;
    }
    await rm(join(folder, name), { recursive: true, force: true });
    left -= 1;
  }
  return { left, bytes };
}
