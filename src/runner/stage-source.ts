import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyTree, extractTarGz, parseIgnore } from '../archive/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { fetchRepository } from './fetch-repository.ts';
import { requireOwnIgnoreFile } from './fleet.ts';
import { phase } from './phase.ts';
import { takeProjectCopy } from './project-copy.ts';
import type { RunSource, SourceFolder } from './request.ts';

const OLD_FOLDERS = ['_builds', '_projects', '_steps', '_cache', '_containers'];

/**
 * A tarball's source and a repository's have to be fetched before their `wercker.yml` can be read. The run goes on with
 * the context that this returns.
 */
export async function fetchSource(context: RunContext): Promise<RunContext> {
  const { source } = context.request;
  if (source.type === 'folder') await requireFolder(source.folder);
  if (source.type === 'git')
    return await phase(context, 'copy source', () => fetchRepository(context, source));
  if (source.type === 'tarball')
    await phase(context, 'copy source', () => download(context, source.url, context.folder.project));
  return context;
}

/** Whether the copy came over the network, and there is no folder that it is a copy of. */
const isFetched = (source: RunSource): source is Extract<RunSource, { type: 'tarball' | 'git' }> =>
  source.type === 'tarball' || source.type === 'git';

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new RunError({ reason: 'source', message: `target '${folder}' is not a directory` });
}

async function download(context: RunContext, url: string, into: string): Promise<void> {
  const shown = url.replace(/[?#].*$/, '').replace(/\/\/[^/@]*@/, '//');
  const failed = (why: string, cause?: unknown): RunError =>
    new RunError({ reason: 'source', message: `cannot fetch ${shown}: ${why}` }, { cause });
  const response = await fetch(url, { signal: context.signal }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    throw failed(cause, error);
  });
  if (!response.ok || response.body === null) throw failed(`the server answered ${response.status}`);
  try {
    await extractTarGz(response.body, into, { links: 'keep', stripGitArchive: true, signal: context.signal });
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
}

/** Copies the project to the working folder, without what the ignore file names and without the working folder. */
export async function copySource(context: RunContext, fileIgnore: string | undefined): Promise<void> {
  const { source, box } = context.request;
  if (isFetched(source) || box.directMount) return;
  await phase(context, 'copy source', () =>
    source.type === 'folder'
      ? copyFolder(context, source.folder, fileIgnore)
      : copyFolders(context, source.folders),
  );
  if (source.type === 'folder') await warnOfOldFolders(context, source.folder);
}

/** Takes what has changed in the project since `copySource` into the copy. */
export async function updateSource(context: RunContext, fileIgnore: string | undefined): Promise<void> {
  const { source, box } = context.request;
  if (isFetched(source) || box.directMount) return;
  if (source.type === 'folder') await mirrorFolder(context, source.folder, fileIgnore);
  else await copyFolders(context, source.folders);
}

async function copyFolder(context: RunContext, from: string, fileIgnore: string | undefined): Promise<void> {
  await takeProjectCopy(context.folder, context.request);
  await mirrorFolder(context, from, fileIgnore);
}

async function mirrorFolder(
  { request, folder, signal }: RunContext,
  from: string,
  fileIgnore: string | undefined,
): Promise<void> {
  const ignoreFile = resolve(from, request.ignoreFile ?? fileIgnore ?? '.werckerignore');
  await requireOwnIgnoreFile(request, ignoreFile);
  const ignore = await readIgnore(ignoreFile);
  await copyTree(from, folder.project, { ignore, exclude: [folder.root], signal });
}

/** Nothing is left out: there is no file at the root of what they make together that could say so. */
async function copyFolders({ folder, signal }: RunContext, folders: readonly SourceFolder[]): Promise<void> {
  await mkdir(folder.project, { recursive: true });
  for (const { name, folder: from } of folders) {
    const to = join(folder.project, name);
    if (from === undefined) await mkdir(to);
    else await copyTree(from, to, { signal });
  }
}

async function warnOfOldFolders(context: RunContext, source: string): Promise<void> {
  for (const name of OLD_FOLDERS) {
    const found = await stat(join(source, name)).catch(() => undefined);
    if (found?.isDirectory()) {
      context.notice(
        'warning',
        `the folder ${name} of an early version is in the project and is copied with it; remove it`,
      );
    }
  }
}

export async function readIgnore(path: string): Promise<ReturnType<typeof parseIgnore>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parseIgnore(text);
}
