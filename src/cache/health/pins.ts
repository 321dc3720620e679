import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError } from '../error.ts';
import { compareText, isRefName } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import { replaceFile } from '../repository/replace-file.ts';
import type { Repository } from '../repository/repository.ts';

const fileOf = ({ folder }: Pick<Repository, 'folder'>): string => join(folder, '.slipway/pins');

/** Refs that stay whatever the quota says, in the order of their bytes; also those that are not there. */
export async function readPins(repository: Pick<Repository, 'folder'>): Promise<readonly string[]> {
  try {
    const text = (await unless(ABSENT, readFile(fileOf(repository), 'utf8'))) ?? '';
    return text.split('\n').filter(isRefName);
  } catch (cause) {
    throw fileTrouble('read', fileOf(repository), cause);
  }
}

/**
 * Pins refs that are there; pinning again is no error. Returns those that were not pinned before. Throws `NO_REF` where one
 * is not there, and then none is pinned.
 */
export async function pinRefs(repository: Repository, refs: readonly string[]): Promise<readonly string[]> {
  return await repository.withLock(async () => {
    for (const ref of refs) {
      if ((await repository.readRef(ref)) !== undefined) continue;
      throw new CacheError('NO_REF', `There is no ${ref} in ${repository.folder}`, {
        hint: '`slipway cache list` says what there is.',
      });
    }
    const before = new Set(await readPins(repository));
    const added = [...new Set(refs)].filter((ref) => !before.has(ref));
    await writePins(repository, [...before, ...added]);
    return added;
  });
}

/** Lets the quota decide about refs again, whether they are there or not. Returns those that were pinned. */
export async function unpinRefs(repository: Repository, refs: readonly string[]): Promise<readonly string[]> {
  return await repository.withLock(async () => {
    const before = await readPins(repository);
    const removed = before.filter((ref) => refs.includes(ref));
    await writePins(
      repository,
      before.filter((ref) => !removed.includes(ref)),
    );
    return removed;
  });
}

async function writePins(repository: Repository, refs: readonly string[]): Promise<void> {
  const path = fileOf(repository);
  try {
    const lines = refs.toSorted(compareText).map((ref) => `${ref}\n`);
    await replaceFile(path, `${path}.new`, lines.join(''));
  } catch (cause) {
    throw fileTrouble('write', path, cause);
  }
}
