import { readFile, realpath } from 'node:fs/promises';
import { CacheError } from '../error.ts';
import { parseConfig } from './config-file.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import { openFolderObjects } from './folder-objects.ts';
import { createFolderRepository } from './folder-repository.ts';
import { isFolder } from './folders.ts';
import { type Layout, layoutOf } from './layout.ts';
import { createLock } from './lock.ts';
import { completeLayout } from './make-layout.ts';
import { createMetadataReader } from './metadata-reader.ts';
import type { Mirror } from './mirror.ts';
import type { ObjectArea } from './object-area.ts';
import type { Repository, RepositorySettings } from './repository.ts';
import { requireUsable } from './require-usable.ts';
import { readSettings } from './settings.ts';
import { createSummaryWriter } from './summary.ts';

export interface OpenRepositoryOptions {
  /** Where the credentials of a store come from, if objects are in one. @defaultValue `process.env` */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Opens the repository in a folder; folders that `ostree` and others leave out are made, where that is allowed. Throws
 * `NO_REPOSITORY` where there is none, `BAD_REPOSITORY` where it is not of the mode `archive-z2` or its settings mean
 * nothing.
 */
export async function openRepository(
  folder: string,
  { environment = process.env }: OpenRepositoryOptions = {},
): Promise<Repository> {
  try {
    const layout = layoutOf(await rootOf(folder));
    const settings = await settingsOf(layout);
    await completeLayout(layout);
    const { area, mirror } = await openObjects(layout, settings, environment);
    const readMetadata = createMetadataReader(area);
    const summary = createSummaryWriter(layout, { readMetadata }, mirror);
    const lock = createLock(layout.lock);
    return createFolderRepository({ layout, settings, area, lock, readMetadata, summary });
  } catch (cause) {
    throw fileTrouble('open the repository', folder, cause);
  }
}

interface Objects {
  readonly area: ObjectArea;
  readonly mirror?: Mirror;
}

/** What speaks to stores is loaded only where a repository has one. */
async function openObjects(
  layout: Layout,
  { objects }: RepositorySettings,
  environment: NodeJS.ProcessEnv,
): Promise<Objects> {
  if (objects === undefined) return { area: openFolderObjects(layout.root) };
  const { openStoredArea } = await import('./stored-area.ts');
  return await openStoredArea({ layout, objects, environment });
}

async function rootOf(folder: string): Promise<string> {
  const root = await unless(ABSENT, realpath(folder));
  if (root === undefined) throw noRepository(folder, 'there is no such folder');
  if (await isFolder(root)) return root;
  throw noRepository(folder, 'it is no folder');
}

async function settingsOf({ root, config }: Layout): Promise<RepositorySettings> {
  const text = await unless([...ABSENT, 'EISDIR'], readFile(config, 'utf8'));
  if (text === undefined) throw noRepository(root, 'it has no file `config`');
  const file = parseConfig(text);
  requireUsable(file, config);
  return readSettings(file, config);
}

const noRepository = (folder: string, why: string): CacheError =>
  new CacheError('NO_REPOSITORY', `${folder} is no repository: ${why}`, {
    hint: '`slipway cache init DIR` makes one.',
  });
