import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import { ABSENT, unless } from '../repository/file-trouble.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { type CheckObjectsOptions, checkObjects, findDamage } from './check-objects.ts';
import { findBrokenCommits, findBrokenRefs, findStrayFiles } from './check-refs.ts';
import { checkSummary } from './check-summary.ts';
import { findGap, type SoundObjects } from './completeness.ts';
import { bytesOf, type Inventory, takeInventory } from './inventory.ts';
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
  readonly refs: readonly Ref[];
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
  const broken = new Set(refs.map(({ ref }) => ref));
  const summary = await findStaleness(repository, { inventory, broken, signal });
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

interface SummaryCheck {
  readonly inventory: Inventory;
  readonly broken: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/** Refs are set a moment before the summary lists them: what is wrong with it is wrong only while nobody publishes. */
async function findStaleness(
  repository: Repository,
  { inventory, broken, signal }: SummaryCheck,
): Promise<string | undefined> {
  const problem = await checkSummary(repository, inventory, broken);
  if (problem === undefined) return undefined;
  try {
    return await repository.withLock(
      () => checkSummary(repository, inventory, broken),
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    // Who may only read cannot wait for others: what it saw stands.
    if (error instanceof CacheError && error.code === 'BAD_REPOSITORY') return problem;
    throw error;
  }
}

/**
 * Refs, then commits, then what is damaged: a kill in between leaves nothing that names what is not there. Others went on
 * while everything was read: only what is wrong even now, under the lock, goes.
 */
async function repair(repository: Repository, findings: Findings): Promise<void> {
  await repository.withLock(async () => {
    const { damaged, refs, commits, files } = await stillWrong(repository, findings);
    await repository.removeRefs(refs.map(({ ref }) => ref));
    for (const path of files) await unless(ABSENT, unlink(join(repository.folder, 'refs/heads', path)));
    const incomplete = [...commits, ...refs.map(({ commit }) => commit)];
    await repository.removeObjects(
      incomplete.flatMap((id): ObjectName[] => [
        { id, kind: 'commitmeta' },
        { id, kind: 'commit' },
      ]),
    );
    await repository.removeObjects(damaged);
    await repository.refreshSummary();
    await countStoredSize(repository);
  });
}

/** What of it nobody has mended, replaced or removed since. */
async function stillWrong(repository: Repository, findings: Findings): Promise<Findings> {
  const damaged: ObjectName[] = [];
  for (const name of findings.damaged)
    if ((await findDamage(repository, name)) !== undefined) damaged.push(name);
  const sound: SoundObjects = {
    inventory: await takeInventory(repository),
    damaged: new Set(damaged.map(objectFileName)),
    whole: new Set(),
  };
  const isBroken = async (commit: string): Promise<boolean> =>
    (await findGap(repository, sound, commit)) !== undefined;
  const refs: Ref[] = [];
  for (const { ref, commit } of findings.refs)
    if ((await repository.readRef(ref)) === commit && (await isBroken(commit))) refs.push({ ref, commit });
  const commits: string[] = [];
  for (const commit of findings.commits) if (await isBroken(commit)) commits.push(commit);
  const strays = new Set(await findStrayFiles(repository));
  return { damaged, refs, commits, files: findings.files.filter((path) => strays.has(path)) };
}
