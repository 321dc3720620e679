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
import type { Repository, RepositorySettings } from './repository.ts';
import { requireUsable } from './require-usable.ts';
import { readSettings } from './settings.ts';
import { createSummaryWriter } from './summary.ts';

/**
 * Opens the repository in a folder; folders that `ostree` and others leave out are made, where that is allowed. Throws
 * `NO_REPOSITORY` where there is none, `BAD_REPOSITORY` where it is not of the mode `archive-z2` or its settings mean
 * nothing.
 */
export async function openRepository(folder: string): Promise<Repository> {
  try {
    const layout = layoutOf(await rootOf(folder));
    const settings = await settingsOf(layout);
    await completeLayout(layout);
    const area = openFolderObjects(layout.root);
    const readMetadata = createMetadataReader(area);
    const summary = createSummaryWriter(layout, { readMetadata });
    const lock = createLock(layout.lock);
    return createFolderRepository({ layout, settings, area, lock, readMetadata, summary });
  } catch (cause) {
    throw fileTrouble('open the repository', folder, cause);
  }
}

async function rootOf(folder: string): Promise<string> {
  const root = await unless(ABSENT, realpath(folder));
  if (root !== undefined && (await isFolder(root))) return root;
  throw noRepository(folder, 'there is no such folder');
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
