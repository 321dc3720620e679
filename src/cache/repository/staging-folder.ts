import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner, isGone, type Owner } from '../../kernel/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import { makeFolder } from './folders.ts';

/** As the original names its own; behind it, who made it. */
const PREFIX = 'bst-push-';

/** Nobody can tell whether their owners live; no push takes so long without anything new. */
const ABANDONED_MS = 24 * 60 * 60_000;

/** Only this user sees what was not published. */
const PRIVATE = 0o700;

/** Another user has left it, whose own next push removes it. */
const NOT_MINE = ['EACCES', 'EPERM'];

/** Makes a folder for what is on its way, whose name says who made it: one that was killed before it wrote a note has left one. */
export async function makeStagingFolder(temporary: string): Promise<string> {
  const { host, process } = currentOwner();
  const name = [
    PREFIX + randomBytes(6).toString('hex'),
    Buffer.from(host).toString('base64url'),
    process,
  ].join(',');
  const path = join(temporary, name);
  await makeFolder(path, PRIVATE);
  return path;
}

/** Removes what killed processes left: of this machine at once, of others and of the original a day after the last change. */
export async function sweepStagingFolders(temporary: string, now: number): Promise<void> {
  for (const name of await readdir(temporary)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(temporary, name);
    const owner = ownerOf(name);
    const isLeft = owner !== undefined && isGone(owner);
    if (isLeft || (!isOurs(owner) && (await isAbandoned(path, now))))
      await unless(NOT_MINE, rm(path, { recursive: true, force: true }));
  }
}

/** Whether anything is on its way in, but for what has the folder that is named. Who cannot be told to be gone is there. */
export async function isAnyUnderWay(temporary: string, own?: string): Promise<boolean> {
  for (const name of await readdir(temporary)) {
    if (!name.startsWith(PREFIX) || join(temporary, name) === own) continue;
    const owner = ownerOf(name);
    if (owner === undefined || !isGone(owner)) return true;
  }
  return false;
}

function ownerOf(name: string): Owner | undefined {
  const [, host, process] = name.split(',');
  if (host === undefined || process === undefined) return undefined;
  return { host: Buffer.from(host, 'base64url').toString(), process };
}

/** Whether this process can tell if the owner lives: the same machine since the same start, and the same container. */
function isOurs(owner: Owner | undefined): boolean {
  const own = currentOwner();
  const scope = (process: string): string => process.split('.').slice(0, 2).join('.');
  return owner?.host === own.host && scope(owner.process) === scope(own.process);
}

async function isAbandoned(path: string, now: number): Promise<boolean> {
  const found = await unless(ABSENT, lstat(path));
  return found !== undefined && now - found.mtimeMs > ABANDONED_MS;
}
