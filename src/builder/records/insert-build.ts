import { type Database, DatabaseError, type Execution, type SqlValue } from '../../database/index.ts';
import type { BuiltImage } from '../build.ts';
import { type BuildInput, type StoredBuild, storedBuildOf } from './build-row.ts';
import type { Seal } from './seal.ts';
import { COPY_REPORT, FIND_BY_ID, INSERT_BUILD, INSERT_INPUT, LOCK_USER, NEW_BUILD } from './statements.ts';

/** A build as it begins. */
export interface NewBuild
  extends Pick<
    StoredBuild,
    | 'id'
    | 'jobName'
    | 'user'
    | 'key'
    | 'source'
    | 'target'
    | 'kind'
    | 'fileDigest'
    | 'pushHost'
    | 'recipeVersion'
    | 'forced'
    | 'createdAt'
  > {
  /** There is at most one of the same key that goes on. */
  readonly ensured: boolean;
  readonly input: BuildInput;
  /** It has succeeded already: its image is that of an earlier build. */
  readonly reused?: ReusedImage;
}

/** An image that is there already. */
export interface ReusedImage {
  readonly image: BuiltImage;
  /** The build that made it. */
  readonly from: StoredBuild;
}

function valuesOf(build: NewBuild): Record<keyof typeof NEW_BUILD, SqlValue> {
  const { image, from } = build.reused ?? {};
  return {
    build_id: build.id,
    job_name: build.jobName,
    user_login: build.user,
    build_key: build.key,
    source: build.source,
    repository: build.target.repository,
    tag: build.target.tag,
    kind: build.kind ?? null,
    file_digest: build.fileDigest ?? null,
    push_host: build.pushHost,
    recipe_version: build.recipeVersion,
    forced: build.forced,
    ensured: build.ensured,
    state: from === undefined ? 'queued' : 'succeeded',
    source_digest: from?.sourceDigest ?? null,
    reference: image?.reference ?? null,
    digest: image?.digest ?? null,
    size_bytes: image?.sizeBytes ?? null,
    added_bytes: image?.addedBytes ?? null,
    attestation: from?.attestation ?? null,
    reused_from: from === undefined ? null : (from.reusedFrom ?? from.id),
    created_at: build.createdAt,
    ended_at: from === undefined ? null : build.createdAt,
  };
}

/**
 * Writes a new build, durably, in one batch. `undefined`: the user has as many waiting as they may, or the same is ensured
 * already. Where nobody can tell whether it was written it is looked for, and written once more. Throws `DatabaseError`.
 */
export async function insertBuild(
  database: Database,
  build: NewBuild,
  { maxQueued, seal }: { readonly maxQueued: number; readonly seal: Seal },
): Promise<StoredBuild | undefined> {
  const values = valuesOf(build);
  const columns = Object.keys(NEW_BUILD) as (keyof typeof NEW_BUILD)[]; // the keys of a constant
  const { file, environment } = build.input;
  const limit = build.reused === undefined ? maxQueued : Number.MAX_SAFE_INTEGER;
  const executions: Execution[] = [
    { statement: LOCK_USER, values: [build.user] },
    { statement: INSERT_BUILD, values: [...columns.map((name) => values[name]), limit], rows: 1 },
    build.reused === undefined
      ? { statement: INSERT_INPUT, values: [build.id, file ?? null, seal.close(environment, build.id)] }
      : { statement: COPY_REPORT, values: [build.id, build.reused.from.id] },
  ];
  const write = async (): Promise<StoredBuild | undefined> => {
    const [, rows] = (await database.batch(executions)) ?? [];
    return rows?.map(storedBuildOf)[0];
  };
  const find = async (): Promise<StoredBuild | undefined> =>
    (await database.query(FIND_BY_ID, [build.id])).map(storedBuildOf)[0];
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'UNAVAILABLE') throw error;
    // The first may also arrive after it was looked for: then the second writes nothing.
    return (await find()) ?? (await write()) ?? (await find());
  }
}
