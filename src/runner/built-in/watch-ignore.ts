import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { parseIgnore } from '../../archive/index.ts';
import type { RunContext } from '../context.ts';

type Ignore = (path: string, isFolder: boolean) => boolean;

async function rulesOf(path: string): Promise<Ignore> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return '';
    throw error;
  });
  // Of gitignore's `**` only what is at an end means something here: any depth, and everything below.
  return parseIgnore(text.replace(/^(!?)\/?\*\*\//gm, '$1').replace(/\/\*\*$/gm, '/'));
}

/**
 * What a watch over the project leaves out: folders that begin with `.` or `_`, files that begin with `.`, what the
 * project's `.gitignore` and its ignore file name, and the working folder.
 */
export async function watchIgnore(
  { request, folder }: RunContext,
  { root, ignoreFile }: { readonly root: string; readonly ignoreFile: string | undefined },
): Promise<Ignore> {
  const rules = await Promise.all([
    rulesOf(join(root, '.gitignore')),
    rulesOf(resolve(root, request.ignoreFile ?? ignoreFile ?? '.werckerignore')),
  ]);
  const workingFolder = relative(root, folder.root).split(sep).join('/');
  return (path, isFolder) => {
    const name = basename(path);
    if (name.startsWith('.') || (isFolder && name.startsWith('_'))) return true;
    return path === workingFolder || rules.some((isIgnored) => isIgnored(path, isFolder));
  };
}
