import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyTree, extractTarGz, parseIgnore } from '../archive/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { phase } from './phase.ts';

const OLD_FOLDERS = ['_builds', '_projects', '_steps', '_cache', '_containers'];

/** A tarball's source has to be fetched before its `wercker.yml` can be read. */
export async function fetchSource(context: RunContext): Promise<void> {
  const { source } = context.request;
  if (source.type === 'folder') return await requireFolder(source.folder);
  await phase(context, 'copy source', async () => {
    const fresh = join(context.folder.temporary, 'source');
    await download(context, source.url, fresh);
    await rm(context.folder.project, { recursive: true, force: true });
    await rename(fresh, context.folder.project);
  });
}

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
  const { request, folder } = context;
  const { source } = request;
  if (source.type === 'tarball' || request.box.directMount) return;
  await phase(context, 'copy source', async () => {
    const ignore = await readIgnore(
      resolve(source.folder, request.ignoreFile ?? fileIgnore ?? '.werckerignore'),
    );
    await copyTree(source.folder, folder.project, { ignore, exclude: [folder.root], signal: context.signal });
  });
  for (const name of OLD_FOLDERS) {
    const found = await stat(join(source.folder, name)).catch(() => undefined);
    if (found?.isDirectory()) {
      context.notice(
        'warning',
        `the folder ${name} of an early version is in the project and is copied with it; remove it`,
      );
    }
  }
}

async function readIgnore(path: string): Promise<ReturnType<typeof parseIgnore>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parseIgnore(text);
}
