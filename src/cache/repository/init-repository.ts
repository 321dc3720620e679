import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CacheError } from '../error.ts';
import { parseConfig } from './config-file.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import { makeFolders } from './folders.ts';
import { layoutOf } from './layout.ts';
import { createLock } from './lock.ts';
import { makeLayout } from './make-layout.ts';
import { openRepository } from './open-repository.ts';
import { replaceFile } from './replace-file.ts';
import type { RepositorySettings } from './repository.ts';
import { requireUsable } from './require-usable.ts';
import { writeSettings } from './settings.ts';

/** As `ostree init --mode=archive` writes it; `indexed-deltas` is left out, as clients would ask for deltas each time. */
const NEW_CONFIG = '[core]\nrepo_version=1\nmode=archive-z2\n';

/** A disk of its own has it from the start. */
const NOTHING = ['lost+found'];

/**
 * Makes an empty repository that can be served and pushed to at once, or changes the given settings of one that is there
 * and leaves the rest of it as it is. Safe to repeat. Throws `BAD_REPOSITORY` where the folder holds something else.
 */
export async function initRepository(
  folder: string,
  settings: Partial<RepositorySettings> = {},
): Promise<void> {
  const root = resolve(folder);
  try {
    await makeFolders(root);
    await requireOwnFolder(root);
    const layout = layoutOf(root);
    await makeLayout(layout);
    await createLock(layout.lock).run(async () => await writeConfig(root, settings));
  } catch (cause) {
    throw fileTrouble('make a repository in', root, cause);
  }
  await using repository = await openRepository(root);
  const isListed = await unless(ABSENT, readFile(layoutOf(repository.folder).summary));
  if (isListed === undefined) await repository.refreshSummary();
}

/** A folder of something else would get a dozen folders of a repository between its own. */
async function requireOwnFolder(root: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => !NOTHING.includes(name));
  if (names.length === 0 || names.includes('config') || names.includes('.slipway')) return;
  throw new CacheError('BAD_REPOSITORY', `${root} holds something else: ${names.slice(0, 3).join(', ')}`, {
    hint: 'Name a folder that is empty, is not there yet, or is a repository.',
  });
}

async function writeConfig(root: string, settings: Partial<RepositorySettings>): Promise<void> {
  const { config, own } = layoutOf(root);
  const before = await unless(ABSENT, readFile(config, 'utf8'));
  const text = before ?? NEW_CONFIG;
  requireUsable(parseConfig(text), config);
  const changed = writeSettings(parseConfig(text), settings).text;
  if (changed !== before) await replaceFile(config, join(own, 'config.new'), changed);
}
