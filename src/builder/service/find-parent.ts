import type { RegistryClient } from '../../registry/index.ts';
import type { BuildRecords } from '../records/build-records.ts';
import type { StoredBuild } from '../records/build-row.ts';
import type { Recipe } from './parts.ts';

// Every one adds a layer, and what it replaced stays below it.
const MAX_DEPTH = 8;

export interface ParentRequest {
  readonly build: StoredBuild;
  readonly sourceDigest: string;
  readonly file: string | undefined;
  readonly records: Pick<BuildRecords, 'parents' | 'input'>;
  readonly recipe: Recipe;
  readonly client: RegistryClient;
  readonly signal: AbortSignal;
}

/**
 * The newest image of the user that has a part of what is wanted and nothing else, and that the registry still has. Throws
 * `RegistryError`, `DatabaseError`, and `signal.reason`.
 */
export async function findParent(request: ParentRequest): Promise<StoredBuild | undefined> {
  const { build, sourceDigest, file, records, recipe, client, signal } = request;
  const { kind, forced } = build;
  if (forced || kind === undefined || file === undefined) return undefined;
  const candidates = await records.parents({ ...build, kind, sourceDigest });
  const looked = new Set<string | undefined>();
  for (const candidate of candidates) {
    signal.throwIfAborted();
    if (candidate.image === undefined || looked.has(candidate.fileDigest)) continue;
    looked.add(candidate.fileDigest);
    const older = (await records.input(candidate.id)).file;
    if (older === undefined || !recipe.isSubset(kind, older, file)) continue;
    if (candidate.depth >= MAX_DEPTH) return undefined; // whole again, and the next ones on that
    const { digest } = candidate.image;
    if ((await client.findDigest(build.target.repository, digest, { signal })) === digest) return candidate;
  }
  return undefined;
}
