import { CacheError } from '../error.ts';
import { noteGrowth } from '../health/stored-size.ts';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import { requireClosure, requireNone } from './closure.ts';
import type { StagedObject } from './object-area.ts';
import { readRefFile, requireRefName } from './refs.ts';
import type { ObjectReader, Published, PublishOptions, Ref } from './repository.ts';
import type { ReceivingParts } from './repository-parts.ts';
import { setRefs } from './set-refs.ts';

/** What a staging wants to publish. */
export interface Publication {
  readonly refs: readonly Ref[];
  readonly options: PublishOptions;
  readonly staged: {
    find(name: ObjectName): StagedObject | undefined;
    all(): readonly StagedObject[];
  };
  /** Reads what is staged and what is in the repository. */
  readonly reader: ObjectReader;
}

/**
 * Publishes: everything reachable? → objects into place → under the lock: still there? → refs → summary. Objects need no
 * lock, as nothing names them yet: many pushes place theirs at a time, and wait for the disk together.
 */
export async function publish(parts: ReceivingParts, publication: Publication): Promise<Published> {
  const { options, staged, reader } = publication;
  const refs = lastOfEach(publication.refs);
  requireAllowed(refs, options);
  options.signal?.throwIfAborted();
  const isStaged = (name: ObjectName): boolean => staged.find(name) !== undefined;
  const commits = refs.map(({ commit }) => commit);
  const published = await requireClosure(commits, { reader, area: parts.area, isStaged });
  await parts.area.renew(published);
  const objects = placeable(staged.all(), new Set(commits));
  options.signal?.throwIfAborted();
  await makeRoom(parts, { objects, published, signal: options.signal });
  const newCommits = await parts.area.missingOf(commits.map((id) => ({ id, kind: 'commit' })));
  const placed = await parts.area.place(objects);
  const outcome = await parts.lock.run(async () => {
    await noteGrowth(parts.layout.root, placed.newBytes);
    // Someone may have pruned since: what nothing named yet can be gone.
    const gone = await parts.area.missingOf(published);
    if (gone.length > 0) await withdraw(parts, newCommits);
    requireNone(gone);
    const lost = await parts.area.missingOf(objects.map(({ name }) => name));
    if (lost.length > 0) await parts.area.place(objects);
    return await moveRefs(parts, refs, options);
  }, options.signal);
  // Whoever gets the lock next lists the refs of all who were before it; the others find that done.
  if (!outcome.isListed) await parts.lock.run(() => parts.summary.refresh());
  return { moved: outcome.moved, kept: outcome.kept, ...placed };
}

interface Coming {
  readonly objects: readonly StagedObject[];
  readonly published: readonly ObjectName[];
  readonly signal: AbortSignal | undefined;
}

async function makeRoom(
  { area, quota }: ReceivingParts,
  { objects, published, signal }: Coming,
): Promise<void> {
  if (quota === undefined) return;
  const missing = new Set((await area.missingOf(objects.map(({ name }) => name))).map(objectFileName));
  let neededBytes = 0;
  for (const { name, sizeBytes } of objects) if (missing.has(objectFileName(name))) neededBytes += sizeBytes;
  // All of it is staged.
  const needed = { neededBytes, onDiskBytes: neededBytes, keepObjects: published };
  await quota.makeRoom({ ...needed, ...(signal !== undefined && { signal }) });
}

/** The same ref twice: the last one counts. */
const lastOfEach = (refs: readonly Ref[]): readonly Ref[] => [
  ...new Map(refs.map((ref) => [ref.ref, ref])).values(),
];

function requireAllowed(refs: readonly Ref[], { mayWrite }: PublishOptions): void {
  for (const { ref } of refs) {
    requireRefName(ref);
    if (mayWrite?.(ref) === false)
      throw new CacheError('FORBIDDEN', `The ref ${ref} may not be written here`);
  }
}

/**
 * No digest covers signatures: they come with their commit, and not for one that somebody else pushed. Commits come last:
 * however it ends, there is none without what it names.
 */
function placeable(staged: readonly StagedObject[], commits: ReadonlySet<string>): readonly StagedObject[] {
  const wanted = staged.filter(({ name }) => name.kind !== 'commitmeta' || commits.has(name.id));
  const isCommit = ({ name }: StagedObject): boolean => name.kind === 'commit';
  return [...wanted.filter((object) => !isCommit(object)), ...wanted.filter(isCommit)];
}

interface Moved extends Pick<Published, 'moved' | 'kept'> {
  /** Whether the summary lists them. */
  readonly isListed: boolean;
}

async function moveRefs(
  parts: ReceivingParts,
  refs: readonly Ref[],
  options: PublishOptions,
): Promise<Moved> {
  requireAllowed(refs, options);
  const moved: Ref[] = [];
  const kept: Ref[] = [];
  const writeOnce = options.writeOnce ?? parts.settings.writeOnce;
  for (const ref of refs) {
    const before = await readRefFile(parts.layout, ref.ref);
    const stays =
      before === ref.commit || (writeOnce && before !== undefined && (await isComplete(parts, before)));
    (stays ? kept : moved).push(ref);
  }
  const set = moved.length > 0 ? await setRefs(parts.layout, moved) : [];
  return { moved, kept, isListed: await parts.summary.note(set) };
}

/** Takes commits away again that came before all that they name: nobody is to find one that is not whole. */
async function withdraw(parts: ReceivingParts, commits: readonly ObjectName[]): Promise<void> {
  for (const name of commits) if (!(await isComplete(parts, name.id))) await parts.area.remove([name]);
}

/** A ref to something that is damaged or not there protects nothing. */
async function isComplete(parts: ReceivingParts, commit: string): Promise<boolean> {
  try {
    await requireClosure([commit], { reader: parts, area: parts.area, isStaged: () => false });
    return true;
  } catch (error) {
    if (error instanceof CacheError && ['MISSING_OBJECT', 'CORRUPT_OBJECT'].includes(error.code))
      return false;
    throw error;
  }
}
