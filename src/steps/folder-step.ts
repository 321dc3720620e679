import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result, suggest } from '../kernel/index.ts';
import type { ResolvedStepFiles, ResolveStepOptions, StepFailure } from './options.ts';
import { MANIFESTS, readStepFiles } from './step-files.ts';

/** A step that is a folder of this machine, used where it is. */
export async function resolveFolder(
  path: string,
  options: ResolveStepOptions,
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  if (!options.allowFolders) {
    return fail({
      code: 'refused',
      message: `Dev mode is not enabled so refusing to copy local file urls: file://${path}`,
      hint: 'run with --enable-dev-steps',
    });
  }
  const folder = resolve(options.currentFolder, path);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) return fail(await missing(path, folder, found !== undefined));
  if (options.folderRoot !== undefined && !(await staysInside(options.folderRoot, folder))) {
    return fail({
      code: 'refused',
      message: `error fetching step ${basename(folder)}: file://${path} leads out of the project that was fetched`,
      hint: 'clone the project yourself if you trust it with folders of this machine',
    });
  }
  return ok(await readStepFiles(folder, path));
}

/** The folder and what is read of it here, wherever links lead; the rest goes into the box as it is. */
async function staysInside(root: string, folder: string): Promise<boolean> {
  const paths = [folder, ...MANIFESTS.map((name) => join(folder, name))];
  const [outer, ...found] = await Promise.all([
    realpath(root),
    ...paths.map((path) => realpath(path).catch(() => undefined)), // what is not there leads nowhere
  ]);
  return found.every((inner) => inner === undefined || inner === outer || inner.startsWith(`${outer}/`));
}

async function missing(path: string, folder: string, isOther: boolean): Promise<StepFailure> {
  const what = isOther ? 'is not a folder' : 'does not exist';
  const siblings = await foldersIn(dirname(folder));
  const meant = suggest(basename(folder), siblings);
  return {
    code: 'not-found',
    message: `error fetching step ${basename(folder)}: file://${path} is the folder ${folder}, which ${what}`,
    hint: meant === undefined ? 'relative paths begin at the current folder' : `did you mean "${meant}"?`,
  };
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isFile()).map((entry) => entry.name);
}
