import { lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Owner } from './owner.ts';
import { isGone } from './owner.ts';

/** Where a run's files are on this machine (docs/contracts/pipeline.md, "Files on the host"). All paths are absolute. */
export interface WorkingFolder {
  readonly root: string;
  /** `builds/<runid>` */
  readonly run: string;
  /** `projects/<app>`: the copy of the source. */
  readonly project: string;
  readonly steps: string;
  readonly cache: string;
  /** For half-made things; gone after the run. */
  readonly temporary: string;
}

export interface WorkingFolderOptions {
  readonly root: string;
  readonly runId: string;
  readonly applicationName: string;
  readonly owner: Owner;
}

const KEPT_RUNS = 2;
const KEPT_MS = 24 * 60 * 60_000;

/** A name as one path part: what could leave the folder or confuse a shell becomes `-`. */
export function safePathPart(name: string): string {
  const part = name.replace(/[^\w.@+-]/g, '-');
  return /^\.*$/.test(part) ? `-${part}` : part;
}

export async function openWorkingFolder(options: WorkingFolderOptions): Promise<WorkingFolder> {
  const { root, runId, owner } = options;
  const folder: WorkingFolder = {
    root,
    run: join(root, 'builds', safePathPart(runId)),
    project: join(root, 'projects', safePathPart(options.applicationName)),
    steps: join(root, 'steps'),
    cache: join(root, 'cache'),
    temporary: join(root, 'tmp', `${safePathPart(owner.host)},${owner.process},${safePathPart(runId)}`),
  };
  const needed = [folder.run, join(root, 'projects'), folder.steps, folder.cache, folder.temporary];
  await Promise.all(needed.map((path) => mkdir(path, { recursive: true })));
  await removeDeadTemporaries(join(root, 'tmp'));
  await removeOldRuns(join(root, 'builds'), folder.run);
  return folder;
}

/** Points a link at something below the same root, by a relative path, in one step for whoever looks. */
export async function pointLink(link: string, target: string): Promise<void> {
  const to = relative(join(link, '..'), target);
  const current = await readlink(link).catch(() => undefined);
  if (current === to) return;
  const fresh = `${link}.${process.pid}.new`;
  await symlink(to, fresh);
  await rename(fresh, link);
}

async function removeDeadTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [host = '', process = ''] = name.split(',');
    if (isGone({ host, process })) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** The two newest runs stay, and all that are younger than a day. Only folders count: strays are left alone. */
async function removeOldRuns(builds: string, current: string): Promise<void> {
  const entries = await readdir(builds, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(builds, entry.name));
  const runs = await Promise.all(
    folders
      .filter((path) => path !== current)
      .map(async (path) => ({ path, at: (await lstat(path)).mtimeMs })),
  );
  const old = runs
    .sort((a, b) => b.at - a.at)
    .slice(KEPT_RUNS)
    .filter(({ at }) => Date.now() - at > KEPT_MS);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
