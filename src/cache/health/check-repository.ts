import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import { ABSENT, unless } from '../repository/file-trouble.ts';
import type { Repository } from '../repository/repository.ts';
import { type CheckObjectsOptions, checkObjects, findDamage } from './check-objects.ts';
import { findBrokenCommits, findBrokenRefs, findStrayFiles } from './check-refs.ts';
import { checkSummary } from './check-summary.ts';
import type { SoundObjects } from './completeness.ts';
import { bytesOf, takeInventory } from './inventory.ts';
import { countStoredSize } from './stored-size.ts';

/** Something that is wrong. */
export type Problem =
  /** Not what its name says. */
  | { readonly type: 'object'; readonly object: string; readonly problem: string }
  /** Something below it is missing or damaged. */
  | { readonly type: 'ref'; readonly ref: string; readonly commit: string; readonly problem: string }
  /** A commit that no ref needs, and of which something is missing. */
  | { readonly type: 'commit'; readonly commit: string; readonly problem: string }
  /** A file among the refs that is none. */
  | { readonly type: 'file'; readonly path: string; readonly problem: string }
  | { readonly type: 'summary'; readonly problem: string };

export interface CheckOptions extends CheckObjectsOptions {
  /** Takes away what is damaged and what is incomplete because of it, and rewrites the summary. @defaultValue false */
  readonly repairs?: boolean;
}

export interface Checked {
  readonly objects: number;
  readonly bytes: number;
  readonly refs: number;
  /** Everything that was found, also where it was repaired. */
  readonly problems: readonly Problem[];
  /** Whether nothing of it is left. */
  readonly isSound: boolean;
}

/** What there is to do. */
interface Findings {
  readonly damaged: readonly ObjectName[];
  readonly refs: readonly { readonly ref: string; readonly commit: string }[];
  readonly commits: readonly string[];
  readonly files: readonly string[];
}

/**
 * Reads everything: each object's digest and format, each ref down to its last file, and whether the summary agrees with
 * the refs. Others may publish meanwhile. With `repairs`, what is wrong is gone afterwards, and `ostree fsck` passes:
 * artifacts of which something is damaged are pushed again by whoever has them.
 */
export async function checkRepository(repository: Repository, options: CheckOptions = {}): Promise<Checked> {
  const { signal } = options;
  const inventory = await takeInventory(repository, signal);
  const damaged = await checkObjects(repository, inventory, options);
  const names = new Set(damaged.map(({ name }) => objectFileName(name)));
  const sound: SoundObjects = { inventory, damaged: names, whole: new Set() };
  const refs = await findBrokenRefs(repository, sound, signal);
  const ofRefs = new Set(refs.map(({ commit }) => commit));
  const commits = (await findBrokenCommits(repository, sound, signal)).filter((id) => !ofRefs.has(id));
  const files = await findStrayFiles(repository);
  const summary = await checkSummary(repository, inventory, new Set(refs.map(({ ref }) => ref)));
  const problems: Problem[] = [
    ...damaged.map(
      ({ name, problem }): Problem => ({ type: 'object', object: objectFileName(name), problem }),
    ),
    ...refs.map((ref): Problem => ({ type: 'ref', ...ref })),
    ...commits.map(
      (commit): Problem => ({ type: 'commit', commit, problem: 'something below it is missing or damaged' }),
    ),
    ...files.map((path): Problem => ({ type: 'file', path: `refs/heads/${path}`, problem: 'it is no ref' })),
    ...(summary === undefined ? [] : [{ type: 'summary', problem: summary } as const]),
  ];
  const findings = { damaged: damaged.map(({ name }) => name), refs, commits, files };
  const isRepaired = problems.length > 0 && options.repairs === true;
  if (isRepaired) await repair(repository, findings);
  return {
    objects: inventory.size,
    bytes: bytesOf(inventory.values()),
    refs: (await repository.listRefs()).length,
    problems,
    isSound: problems.length === 0 || isRepaired,
  };
}

/** Refs, then commits, then what is damaged: a kill in between leaves nothing that names what is not there. */
async function repair(repository: Repository, { damaged, refs, commits, files }: Findings): Promise<void> {
  await repository.withLock(async () => {
    const broken: string[] = [];
    for (const { ref, commit } of refs) if ((await repository.readRef(ref)) === commit) broken.push(ref);
    await repository.removeRefs(broken);
    for (const path of files) await unless(ABSENT, unlink(join(repository.folder, 'refs/heads', path)));
    const incomplete = [...commits, ...refs.map(({ commit }) => commit)];
    await repository.removeObjects(
      incomplete.flatMap((id): ObjectName[] => [
        { id, kind: 'commitmeta' },
        { id, kind: 'commit' },
      ]),
    );
    const still: ObjectName[] = [];
    // Somebody may have taken it away and pushed it again since.
    for (const name of damaged) if ((await findDamage(repository, name)) !== undefined) still.push(name);
    await repository.removeObjects(still);
    await repository.refreshSummary();
    await countStoredSize(repository);
  });
}
