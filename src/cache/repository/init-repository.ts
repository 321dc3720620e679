import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CacheError } from '../error.ts';
import { parseConfig } from './config-file.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import { makeFolders } from './folders.ts';
import { FOLDERS, layoutOf } from './layout.ts';
import { createLock } from './lock.ts';
import { makeLayout } from './make-layout.ts';
import { readObjectsLocation } from './objects-location.ts';
import { type OpenRepositoryOptions, openRepository } from './open-repository.ts';
import { replaceFile } from './replace-file.ts';
import type { RepositorySettings } from './repository.ts';
import { requireUsable } from './require-usable.ts';
import { readSettings, writeSettings } from './settings.ts';

/** As `ostree init --mode=archive` writes it; `indexed-deltas` is left out, as clients would ask for deltas each time. */
const NEW_CONFIG = '[core]\nrepo_version=1\nmode=archive-z2\n';

/** What may be there of a repository whose making was cut short, and what a disk of its own has from the start. */
const PARTS: ReadonlySet<string> = new Set([...FOLDERS, 'lost+found']);

/**
 * Makes an empty repository that can be served and pushed to at once, or changes the given settings of one that is there
 * and leaves the rest of it as it is. Safe to repeat. Throws `BAD_REPOSITORY` where the folder holds something else.
 */
export async function initRepository(
  folder: string,
  settings: Partial<RepositorySettings> = {},
  options: OpenRepositoryOptions = {},
): Promise<void> {
  const root = resolve(folder);
  try {
    await makeFolders(root);
    await requireOwnFolder(root);
    const layout = layoutOf(root);
    await makeLayout(layout);
    await createLock(layout.lock).run(async () => await writeConfig(root, settings, options));
  } catch (cause) {
    throw fileTrouble('make a repository in', root, cause);
  }
  await using repository = await openRepository(root, options);
  const isListed = await unless(ABSENT, readFile(layoutOf(repository.folder).summary));
  if (isListed === undefined) await repository.refreshSummary();
}

/** A folder of something else would get a dozen folders of a repository between its own. */
async function requireOwnFolder(root: string): Promise<void> {
  const names = await readdir(root);
  const others = names.filter((name) => !PARTS.has(name));
  if (others.length === 0 || names.includes('config')) return;
  throw new CacheError('BAD_REPOSITORY', `${root} holds something else: ${others.slice(0, 3).join(', ')}`, {
    hint: 'Name a folder that is empty, is not there yet, or is a repository.',
  });
}

/** Objects do not move by themselves: a repository that has some would lose them. */
async function requireSamePlace(root: string, before: string | undefined, wanted: string): Promise<void> {
  if (wanted === before) return;
  const isEmpty = (await readdir(join(root, 'objects'))).length === 0;
  if (isEmpty && before === undefined) return;
  throw new CacheError(
    'BAD_REPOSITORY',
    `The objects of ${root} are in ${before ?? 'its folder'} already, and stay there`,
    {
      hint: 'Make another repository, and copy the artifacts with `slipway cache pull`.',
    },
  );
}

async function writeConfig(
  root: string,
  settings: Partial<RepositorySettings>,
  { environment = process.env }: OpenRepositoryOptions,
): Promise<void> {
  const { config, own } = layoutOf(root);
  const before = await unless(ABSENT, readFile(config, 'utf8'));
  const text = before ?? NEW_CONFIG;
  requireUsable(parseConfig(text), config);
  if (settings.objects !== undefined) {
    await readObjectsLocation(settings.objects, environment);
    await requireSamePlace(root, readSettings(parseConfig(text), config).objects, settings.objects);
  }
  const changed = writeSettings(parseConfig(text), settings).text;
  if (changed !== before) await replaceFile(config, join(own, 'config.new'), changed);
}
