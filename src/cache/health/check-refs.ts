import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { statsOf } from '../repository/stats-of.ts';
import { findGap, type SoundObjects } from './completeness.ts';

/** A ref that names something incomplete. */
export interface BrokenRef extends Ref {
  readonly problem: string;
}

/** Refs to commits of which something is missing or damaged. */
export async function findBrokenRefs(
  repository: Repository,
  sound: SoundObjects,
  signal?: AbortSignal,
): Promise<readonly BrokenRef[]> {
  const broken: BrokenRef[] = [];
  for (const { ref, commit } of await repository.listRefs()) {
    signal?.throwIfAborted();
    const problem = await findGap(repository, sound, commit);
    // Somebody may have set it anew, or removed it with what it named, since the refs were listed.
    if (problem !== undefined && (await repository.readRef(ref)) === commit)
      broken.push({ ref, commit, problem });
  }
  return broken;
}

/** Commits that no ref needs and that are incomplete: nobody pulls them, but `ostree fsck` follows them all. */
export async function findBrokenCommits(
  repository: Repository,
  sound: SoundObjects,
  signal?: AbortSignal,
): Promise<readonly Ref['commit'][]> {
  const broken: string[] = [];
  for (const [key, { name }] of sound.inventory) {
    signal?.throwIfAborted();
    if (name.kind !== 'commit' || sound.damaged.has(key) || sound.whole.has(key)) continue;
    const isBroken = (await findGap(repository, sound, name.id)) !== undefined;
    if (isBroken && (await repository.sizeOf(name)) !== undefined) broken.push(name.id);
  }
  return broken;
}

/** Files among the refs that are none: their paths below `refs/heads`. */
export async function findStrayFiles(repository: Repository): Promise<readonly string[]> {
  const heads = join(repository.folder, 'refs/heads');
  try {
    const entries = (await unless(ABSENT, readdir(heads, { recursive: true, withFileTypes: true }))) ?? [];
    // Only now: what was pushed meanwhile is a ref. What was removed meanwhile is gone.
    const refs = new Set((await repository.listRefs()).map(({ ref }) => ref));
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(heads, join(entry.parentPath, entry.name)))
      .filter((path) => !refs.has(path) && isThere(join(heads, path)))
      .sort();
  } catch (cause) {
    throw fileTrouble('list the refs in', heads, cause);
  }
}

const isThere = (path: string): boolean => statsOf(path) !== undefined;
