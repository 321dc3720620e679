import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError } from '../error.ts';
import { decodeSummary, isPrivateRef, MAX_METADATA_BYTES, type SummaryRef } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { findObject, type Inventory } from './inventory.ts';

/** What is wrong with the summary; `undefined` where it lists what is there. `broken` are refs that it rightly leaves out. */
export async function checkSummary(
  repository: Repository,
  inventory: Inventory,
  broken: ReadonlySet<string>,
): Promise<string | undefined> {
  const path = join(repository.folder, 'summary');
  try {
    const before = await identify(path);
    const bytes = await unless(ABSENT, readFile(path));
    if (bytes === undefined) return 'there is none: no client finds anything';
    const { refs } = decodeSummary(bytes);
    const problem = compare(refs, await repository.listRefs(), {
      inventory,
      broken,
      sizeBytes: bytes.length,
    });
    // Somebody who publishes meanwhile has just made it right.
    return before === (await identify(path)) ? problem : undefined;
  } catch (cause) {
    if (cause instanceof CacheError && ['CORRUPT_OBJECT', 'TOO_LARGE'].includes(cause.code))
      return cause.message;
    throw fileTrouble('read', path, cause);
  }
}

async function identify(path: string): Promise<string | undefined> {
  const found = await unless(ABSENT, stat(path, { bigint: true }));
  return found && `${found.ino} ${found.mtimeNs}`;
}

interface Facts {
  readonly inventory: Inventory;
  readonly broken: ReadonlySet<string>;
  readonly sizeBytes: number;
}

/** A summary with less room than this left is full: refs may be left out of it. */
const FULL_BYTES = MAX_METADATA_BYTES - 64 * 1024;

function compare(
  listed: readonly SummaryRef[],
  refs: readonly Ref[],
  { inventory, broken, sizeBytes }: Facts,
) {
  const commits = new Map(refs.map(({ ref, commit }) => [ref, commit]));
  for (const { ref, commit, commitSizeBytes } of listed) {
    if (isPrivateRef(ref)) return `it lists ${ref}, which is not for everybody`;
    if (!commits.has(ref)) return `it lists ${ref}, which is not there`;
    if (commits.get(ref) !== commit) return `it lists another commit of ${ref}`;
    const object = findObject(inventory, { id: commit, kind: 'commit' });
    if (object !== undefined && object.sizeBytes !== commitSizeBytes)
      return `it lists another size of the commit of ${ref}`;
    commits.delete(ref);
  }
  const [missing] = [...commits.keys()].filter((ref) => !broken.has(ref) && !isPrivateRef(ref));
  return missing === undefined || sizeBytes >= FULL_BYTES ? undefined : `it does not list ${missing}`;
}
