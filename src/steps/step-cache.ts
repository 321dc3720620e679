import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import { StepError } from './error.ts';

type StepName = Pick<StepSpec, 'owner' | 'name'>;

const TEMPORARY = '.tmp-';
// Longer than any download may take: what is older was left by a process that was killed.
const LEFTOVER_MS = 24 * 3_600_000;

/** What a version of a step is called in the folder of steps: `<owner>-<name>@<version>`. */
export function cacheName(step: StepName, version: string): string {
  return `${cachePrefix(step)}${encodeURIComponent(version)}`;
}

/** The versions of a step that are kept, in no order. */
export async function cachedVersions(stepsFolder: string, step: StepName): Promise<string[]> {
  const prefix = cachePrefix(step);
  const names = await readdir(stepsFolder).catch(absent);
  return (names ?? [])
    .filter((name) => name.startsWith(prefix))
    .map((name) => decode(name.slice(prefix.length)));
}

/** Whether a folder is there; one that is there is complete. */
export async function isKept(folder: string): Promise<boolean> {
  return (await stat(folder).catch(absent))?.isDirectory() ?? false;
}

/**
 * Fills a folder that nobody sees, then gives it its name in one step, once its content is safe on the disk. Where
 * another run was faster its folder stays. When `fill` fails nothing is left. Throws `StepError` `CACHE`.
 */
export async function keep<T, E>(
  stepsFolder: string,
  fill: (folder: string) => Promise<Result<T & { readonly name: string }, E>>,
): Promise<Result<T & { readonly name: string }, E>> {
  const temporary = join(stepsFolder, `${TEMPORARY}${randomUUID()}`);
  try {
    await mkdir(temporary, { recursive: true }).catch(broken(stepsFolder));
    const filled = await fill(temporary);
    if (!filled.ok) return filled;
    const target = join(stepsFolder, filled.value.name);
    await settle(temporary, target).catch(broken(target));
    return filled;
  } finally {
    // What cannot be removed now is a leftover for the next time.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    await removeLeftovers(stepsFolder).catch(() => undefined);
  }
}

async function settle(temporary: string, target: string): Promise<void> {
  await syncTree(temporary);
  await rename(temporary, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error;
  });
  await sync(join(target, '..'));
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), entry.name]);
    if (entry.isDirectory()) await syncTree(path.toString());
    else if (entry.isFile()) await sync(path);
  }
  await sync(folder);
}

async function sync(path: string | Buffer): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

async function removeLeftovers(stepsFolder: string): Promise<void> {
  const names = (await readdir(stepsFolder).catch(absent)) ?? [];
  for (const name of names.filter((each) => each.startsWith(TEMPORARY))) {
    const path = join(stepsFolder, name);
    const stats = await stat(path).catch(absent);
    if (stats !== undefined && stats.mtimeMs < Date.now() - LEFTOVER_MS)
      await rm(path, { recursive: true, force: true });
  }
}

/** `a-b/c` and `a/b-c` must not share a folder; a plus sign does not come out of the encoding. */
function cachePrefix({ owner, name }: StepName): string {
  const separator = owner.includes('-') ? '+' : '-';
  return `${encodeURIComponent(owner)}${separator}${encodeURIComponent(name)}@`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not one of ours.
    return text;
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw broken('the folder of steps')(error);
}

function broken(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new StepError('CACHE', `Could not keep a step in ${path}: ${String(cause)}`, { cause });
  };
}
