import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packFolder } from '../../archive/index.ts';
import { shellQuote } from '../../pipeline/index.ts';
import { type Box, boxOwner } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';

/** What a copy of the source looks like: by path, what tells one version of a file from another. */
export type SourceListing = Readonly<Record<string, string>>;

async function listFolder(root: string, folder: string, found: Record<string, string>): Promise<void> {
  const names = await readdir(join(root, folder));
  await Promise.all(
    names.map(async (name) => {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stats = await lstat(join(root, path));
      if (stats.isDirectory()) {
        found[path] = 'folder';
        await listFolder(root, path, found);
      } else if (stats.isSymbolicLink()) found[path] = `link ${await readlink(join(root, path))}`;
      else found[path] = `${stats.mode} ${stats.size} ${Math.round(stats.mtimeMs)}`;
    }),
  );
}

/** Lists the run's copy of the source; empty where the project itself is mounted. */
export async function listSource({ folder, request }: RunContext): Promise<SourceListing> {
  const found: Record<string, string> = {};
  if (!request.box.directMount) await listFolder(folder.project, '', found);
  return found;
}

export interface SourceChanges {
  readonly changed: readonly string[];
  /** Without what is in a folder that is gone itself. */
  readonly removed: readonly string[];
}

// The copy of a file that changed a moment before is dated a millisecond later, so that the next copy takes it again.
const TIME_ERROR_MS = 2;

function isSame(before: string | undefined, now: string | undefined): boolean {
  if (before === now) return true;
  const [old, fresh] = [FILE.exec(before ?? ''), FILE.exec(now ?? '')];
  if (old === null || fresh === null || old[1] !== fresh[1]) return false;
  return Math.abs(Number(old[2]) - Number(fresh[2])) <= TIME_ERROR_MS;
}

/** Mode and size; time. */
const FILE = /^(\d+ \d+) (\d+)$/;

export function compareSource(before: SourceListing, now: SourceListing): SourceChanges {
  const isGone = (path: string): boolean => before[path] !== undefined && now[path] === undefined;
  return {
    changed: Object.keys(now).filter((path) => !isSame(before[path], now[path])),
    removed: Object.keys(before).filter((path) => isGone(path) && !isGone(dirname(path))),
  };
}

/** Brings what has changed in the copy of the source into the box. Nothing else there is touched. */
export async function bringChanges(
  context: RunContext,
  box: Box,
  { changed, removed }: SourceChanges,
): Promise<void> {
  if (changed.length + removed.length === 0) return;
  const { basePath } = box.plan.plan;
  await removeFromBox(box, removed);
  if (changed.length > 0) {
    const wanted = new Set(changed);
    for (const path of changed) {
      for (let above = dirname(path); above !== '.'; above = dirname(above)) wanted.add(above);
    }
    const tar = packFolder(context.folder.project, {
      name: basePath.replace(/^\/+/, ''),
      ignore: (path) => !wanted.has(path),
      owner: await boxOwner(context, box),
      signal: context.signal,
    });
    await context.engine.copyIn(box.id, '/', tar, { signal: context.signal });
  }
  context.notice(
    'info',
    `Changed on this machine, and copied into the box: ${inWords({ changed, removed })}`,
  );
}

async function removeFromBox(box: Box, removed: readonly string[]): Promise<void> {
  if (removed.length === 0) return;
  const words = removed.map((path) => shellQuote(`${box.plan.plan.basePath}/${path}`)).join(' ');
  const outcome = await box.session.run(`command rm -rf -- ${words} 2>&7; __slipway_status=$?`);
  if (outcome.type === 'finished' && outcome.exitCode === 0) return;
  throw new RunError({
    reason: 'source',
    message: 'the box could not remove files that are gone from the project',
  });
}

const SHOWN = 5;

function inWords({ changed, removed }: SourceChanges): string {
  const names = [...changed, ...removed.map((path) => `${path} (removed)`)].sort();
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
