import type { Row } from '../../database/index.ts';
import type { Build, BuildState, BuiltImage } from '../build.ts';

/** A build as the database has it, with what nobody is told. */
export interface StoredBuild extends Build {
  /** Later ones have higher places. */
  readonly place: number;
  readonly pushHost: string;
  readonly recipeVersion: string;
  readonly forced: boolean;
  /** How many images it was built on, one after the other. */
  readonly depth: number;
  /** Only while it is `running`: of who runs it. */
  readonly claimId?: string;
  readonly leaseUntil?: number;
  readonly cancelAsked: boolean;
}

/** What a build is made from, beside its record. */
export interface BuildInput {
  readonly file?: string;
  /** The user's variables that say where images go; they are gone when the build has ended. */
  readonly environment: Readonly<Record<string, string>>;
}

/** All that `storedBuildOf` reads. */
export const BUILD_COLUMNS = [
  'place',
  'build_id',
  'job_name',
  'user_login',
  'build_key',
  'source',
  'repository',
  'tag',
  'kind',
  'file_digest',
  'push_host',
  'recipe_version',
  'forced',
  'state',
  'phase',
  'reason',
  'message',
  'source_digest',
  'reference',
  'digest',
  'size_bytes',
  'added_bytes',
  'attestation',
  'reused_from',
  'extends_id',
  'depth',
  'attempts',
  'created_at',
  'started_at',
  'ended_at',
  'claim_id',
  'lease_until',
  'cancel_asked',
];

// The columns are those of our own table, and only this folder writes them: their types are known.
const text = (row: Row, name: string): string => row[name] as string;
const number = (row: Row, name: string): number => row[name] as number;

/** A field where its column has something. */
const field = <Name extends keyof Build>(
  name: Name,
  row: Row,
  column: string,
): Partial<Pick<Build, Name>> => {
  const value = row[column];
  return value === null ? {} : ({ [name]: value } as Partial<Pick<Build, Name>>);
};

function imageOf(row: Row): { readonly image?: BuiltImage } {
  const reference = row['reference'];
  if (reference === null) return {};
  const [sizeBytes, addedBytes] = [row['size_bytes'], row['added_bytes']] as (number | null)[];
  return {
    image: {
      reference: text(row, 'reference'),
      digest: text(row, 'digest'),
      ...(typeof sizeBytes === 'number' && { sizeBytes }),
      ...(typeof addedBytes === 'number' && { addedBytes }),
    },
  };
}

/** A row with `BUILD_COLUMNS`. */
export function storedBuildOf(row: Row): StoredBuild {
  const [claimId, leaseUntil] = [row['claim_id'], row['lease_until']];
  return {
    place: number(row, 'place'),
    id: text(row, 'build_id'),
    jobName: text(row, 'job_name'),
    user: text(row, 'user_login'),
    key: text(row, 'build_key'),
    source: text(row, 'source'),
    target: { repository: text(row, 'repository'), tag: text(row, 'tag') },
    ...field('kind', row, 'kind'),
    state: text(row, 'state') as BuildState,
    ...field('phase', row, 'phase'),
    ...field('reason', row, 'reason'),
    ...field('message', row, 'message'),
    ...field('fileDigest', row, 'file_digest'),
    ...field('sourceDigest', row, 'source_digest'),
    ...imageOf(row),
    ...field('attestation', row, 'attestation'),
    ...field('reusedFrom', row, 'reused_from'),
    ...field('extends', row, 'extends_id'),
    attempts: number(row, 'attempts'),
    createdAt: number(row, 'created_at'),
    ...field('startedAt', row, 'started_at'),
    ...field('endedAt', row, 'ended_at'),
    pushHost: text(row, 'push_host'),
    recipeVersion: text(row, 'recipe_version'),
    forced: Boolean(row['forced']),
    depth: number(row, 'depth'),
    ...(typeof claimId === 'string' && { claimId }),
    ...(typeof leaseUntil === 'number' && { leaseUntil }),
    cancelAsked: Boolean(row['cancel_asked']),
  };
}

/** What others may see of it. */
export function shownBuild(stored: StoredBuild): Build {
  const { place: _, pushHost: __, recipeVersion: ___, forced: ____, depth: _____, ...rest } = stored;
  const { claimId: ______, leaseUntil: _______, cancelAsked: ________, ...build } = rest;
  return build;
}
