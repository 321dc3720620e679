import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/object-name.ts';
import { MAX_METADATA_BYTES } from '../ostree/objects.ts';
import { walkCommit } from '../ostree/walk-commit.ts';
import type { ObjectReader, Staging } from '../repository/repository.ts';
import type { Frame } from '../wire/batch.ts';
import { fetchBatches, type Wanted } from './fetch-batches.ts';
import type { Fetching } from './fetch-context.ts';
import { fetchMany } from './fetch-many.ts';
import { fetchObject } from './fetch-object.ts';
import { forEachInParallel } from './in-parallel.ts';
import { readClosure } from './read-closure.ts';
import type { RemoteRef } from './remote-refs.ts';

/**
 * Brings everything that a commit needs and that is not here into the staging: first what names other objects, level by
 * level, then the files. From a server of ours in batches, from every other one in a request for each object.
 */
export async function pullArtifact(
  fetching: Fetching,
  { commit, commitSizeBytes }: RemoteRef,
): Promise<void> {
  if (await isComplete(fetching.staging, commit)) return;
  const listed = await readClosure(fetching, commit);
  if (listed !== undefined)
    await fetchAll(
      fetching,
      listed.filter(({ name }) => name.kind !== 'filez'),
      true,
    );
  const maxBytes = Math.min(commitSizeBytes ?? MAX_METADATA_BYTES, MAX_METADATA_BYTES);
  const names = await namesBelow(fetchingReader(fetching, maxBytes), commit);
  await fetchAll(fetching, withSizes(names, listed), listed !== undefined);
}

/** Whether all of it is here already: what a ref names is, what an interrupted pull left may be. */
async function isComplete(staging: Staging, commit: string): Promise<boolean> {
  if (!(await staging.has({ id: commit, kind: 'commit' }))) return false;
  try {
    const names = await namesBelow(staging, commit);
    return (await staging.missingOf(names)).length === 0;
  } catch (error) {
    if (error instanceof CacheError && error.code === 'MISSING_OBJECT') return false;
    throw error;
  }
}

/** Everything that a commit needs but its trees, which the walk has read. */
async function namesBelow(reader: ObjectReader, commit: string): Promise<ObjectName[]> {
  const names: ObjectName[] = [];
  for await (const name of walkCommit(reader, [commit])) {
    if (name.kind === 'filez' || name.kind === 'dirmeta') names.push(name);
  }
  return names;
}

/** Reads what is here, and fetches what is not. */
function fetchingReader(fetching: Fetching, maxCommitBytes: number): ObjectReader {
  const { staging, progress } = fetching;
  return {
    async readMetadata(name) {
      const here = await staging.readMetadata(name);
      if (here !== undefined) return here;
      progress.expect(1);
      await fetchObject(fetching, name, name.kind === 'commit' ? maxCommitBytes : MAX_METADATA_BYTES);
      return await staging.readMetadata(name);
    },
  };
}

function withSizes(names: readonly ObjectName[], listed: readonly Frame[] = []): readonly Wanted[] {
  const sizes = new Map(listed.map(({ name, sizeBytes }) => [objectFileName(name), sizeBytes]));
  return names.map((name) => {
    const sizeBytes = sizes.get(objectFileName(name));
    return { name, ...(sizeBytes !== undefined && { sizeBytes }) };
  });
}

/** Fetches what of it is not here. */
async function fetchAll(fetching: Fetching, wanted: readonly Wanted[], inBatches: boolean): Promise<void> {
  const { staging, progress, connections } = fetching;
  const missing = new Set(await staging.missingOf(wanted.map(({ name }) => name)));
  const left = wanted.filter(({ name }) => missing.has(name));
  for (const { sizeBytes } of left) progress.expect(1, sizeBytes);
  if (inBatches) await fetchBatches(fetching, left);
  const names = left.map(({ name }) => name);
  const single = await staging.missingOf(inBatches ? names : await fetchMany(fetching, names));
  await forEachInParallel(connections, single, (name) => fetchObject(fetching, name));
}
