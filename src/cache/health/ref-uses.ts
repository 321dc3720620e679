import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObjectId } from '../ostree/index.ts';
import { ABSENT, unless } from '../repository/file-trouble.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { statsOf } from '../repository/stats-of.ts';
import { findObject, type Inventory } from './inventory.ts';
import { readPins } from './pins.ts';

/** A ref, and what decides whether it stays. */
export interface RefUse extends Ref {
  /** When it was set, or its commit was touched, whatever came last: milliseconds since the epoch. */
  readonly usedAt: number;
  readonly isPinned: boolean;
}

/** All refs, the last used first. */
export async function listRefUses(repository: Repository, inventory: Inventory): Promise<readonly RefUse[]> {
  const pins = new Set(await readPins(repository));
  const uses = (await repository.listRefs()).map(({ ref, commit }) => {
    const path = join(repository.folder, 'refs/heads', ref);
    const set = statsOf(path)?.mtimeMs ?? 0;
    const touched = findObject(inventory, { id: commit, kind: 'commit' })?.modifiedAt ?? 0;
    return { ref, commit, usedAt: Math.max(set, touched), isPinned: pins.has(ref) };
  });
  return uses.sort((a, b) => b.usedAt - a.usedAt);
}

/** Commits that `ostree` keeps as copies of other repositories: nothing here lets them go. */
export async function listForeignCommits(folder: string): Promise<readonly string[]> {
  const commits: string[] = [];
  for (const kind of ['remotes', 'mirrors']) {
    const path = join(folder, 'refs', kind);
    const entries = (await unless(ABSENT, readdir(path, { recursive: true, withFileTypes: true }))) ?? [];
    for (const entry of entries.filter((each) => each.isFile())) {
      const text = (await unless(ABSENT, readFile(join(entry.parentPath, entry.name), 'latin1'))) ?? '';
      if (isObjectId(text.trim())) commits.push(text.trim());
    }
  }
  return commits;
}
