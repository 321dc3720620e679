import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isGone, type Owner, unless } from '../kernel/index.ts';

/** Where a run's files are on this machine (docs/contracts/pipeline.md, "Files on the host"). All paths are absolute. */
export interface WorkingFolder {
  readonly root: string;
  /** `builds/<runid>` */
  readonly run: string;
  /** The copy of the source, the run's own while it goes on. */
  readonly project: string;
  /** `projects/<app>`: where the copy is between runs. */
  readonly keptProject: string;
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
  const temporary = join(root, 'tmp', `${safePathPart(owner.host)},${owner.process},${safePathPart(runId)}`);
  const folder: WorkingFolder = {
    root,
    run: join(root, 'builds', safePathPart(runId)),
    project: join(temporary, 'project'),
    keptProject: join(root, 'projects', safePathPart(options.applicationName)),
    steps: join(root, 'steps'),
    cache: join(root, 'cache'),
    temporary,
  };
  const needed = [folder.run, join(root, 'projects'), folder.steps, folder.cache, folder.temporary];
  await Promise.all(needed.map((path) => mkdir(path, { recursive: true })));
  await removeTemporaries(root);
  await removeOldRuns(join(root, 'builds'), await runsThatGoOn(join(root, 'tmp')));
  return folder;
}

/** Points a link at something below the same root, by a relative path, in one step for whoever looks. */
export async function pointLink(link: string, target: string): Promise<void> {
  const to = relative(join(link, '..'), target);
  const current = await readlink(link).catch(() => undefined);
  if (current === to) return;
  const fresh = `${link}.${randomBytes(6).toString('hex')}.new`; // of several runs the last one wins
  await symlink(to, fresh);
  await rename(fresh, link);
}

/** Whose temporary folder it is, by its name. */
export function ownerOfTemporary(name: string): Owner {
  const [host = '', process = ''] = name.split(',');
  return { host, process };
}

/**
 * Removes the temporary folders of runs whose process is gone, or `all` of them; tells how many. Safe to repeat and to run
 * beside other runs, but for `all`. A working folder that is not there has none.
 */
export async function removeTemporaries(root: string, { all = false } = {}): Promise<number> {
  const folder = join(root, 'tmp');
  const names = (await unless(['ENOENT'], readdir(folder))) ?? [];
  const removed = names.filter((name) => all || isGone(ownerOfTemporary(name)));
  for (const name of removed) await rm(join(folder, name), { recursive: true, force: true });
  return removed.length;
}

/** The folders' names of runs that go on, this one included. */
async function runsThatGoOn(folder: string): Promise<ReadonlySet<string>> {
  return new Set((await readdir(folder)).map((name) => name.split(',').slice(2).join(',')));
}

/** The two newest runs stay, and those that go on, and all that are younger than a day. Only folders count: strays are left alone. */
async function removeOldRuns(builds: string, goOn: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(builds, { withFileTypes: true });
  const others = entries
    .filter((entry) => entry.isDirectory() && !goOn.has(entry.name))
    .map((entry) => join(builds, entry.name));
  const runs = await Promise.all(
    // One that another run has removed meanwhile is none.
    others.map(async (path) => ({ path, at: (await lstat(path).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const old = runs
    .sort((a, b) => b.at - a.at)
    .slice(KEPT_RUNS)
    .filter(({ at }) => Date.now() - at > KEPT_MS);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
