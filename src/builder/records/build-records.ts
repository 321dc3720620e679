import type { Database, Execution, Row, SqlValue, Statement } from '../../database/index.ts';
import type { ImageReport } from '../attest/image-report.ts';
import type { BuildState } from '../build.ts';
import type { BuildFilter, BuildPage } from '../builder.ts';
import { BuilderError } from '../error.ts';
import { type BuildInput, type StoredBuild, shownBuild, storedBuildOf } from './build-row.ts';
import type { Seal } from './seal.ts';
import {
  CANCEL,
  COUNTS,
  ENDED_BEFORE,
  ENDED_BEYOND,
  ENDED_OF_USER,
  FAILED_SINCE,
  FIND_BY_ID,
  FIND_BY_KEY,
  FIND_IMAGES,
  FIND_INPUT,
  FIND_PARENTS,
  FIND_REPORT,
  GOING_ON,
  IS_TAG_BUSY,
  LIST_ALL,
  LIST_OF_USER,
  REMOVE_BUILDS,
} from './statements.ts';

const STATES: readonly BuildState[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];
const MAX_PAGE = 1000;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = /^[0-9a-f]{64}$/;

/** A build of which all is known that its image depends on. */
export type SettledBuild = StoredBuild & Required<Pick<StoredBuild, 'kind' | 'sourceDigest'>>;

/** Reads and changes builds that nobody has claimed. All calls throw `DatabaseError`. */
export interface BuildRecords {
  byId(id: string): Promise<StoredBuild | undefined>;
  /** The newest. */
  byKey(key: string): Promise<StoredBuild | undefined>;
  /** Those that succeeded, newest first. */
  images(key: string): Promise<readonly StoredBuild[]>;
  /** The newest that failed by its own fault after that moment. */
  failedSince(key: string, moment: number): Promise<StoredBuild | undefined>;
  /** Images that it may be put on where their requirements are a part of its own, newest first. */
  parents(build: SettledBuild): Promise<readonly StoredBuild[]>;
  isTagBusy(build: Pick<StoredBuild, 'user' | 'pushHost' | 'target'>): Promise<boolean>;
  /** Throws `BuildError` too. */
  input(id: string): Promise<BuildInput>;
  report(id: string): Promise<ImageReport | undefined>;
  list(filter: BuildFilter): Promise<BuildPage>;
  counts(): Promise<{ readonly queued: number; readonly running: number }>;
  /** Ids of builds that have not ended. */
  goingOn(): Promise<ReadonlySet<string>>;
  /** What it is then; `undefined` where it had ended, or there is none. */
  cancel(id: string, now: number, message: string): Promise<StoredBuild | undefined>;
  /** Ids of builds that ended before a moment, of one user or of all. */
  endedBefore(moment: number, limit: number, user?: string): Promise<readonly string[]>;
  /** Ids of those beyond the newest of each user. */
  endedBeyond(newest: number, limit: number): Promise<readonly string[]>;
  remove(ids: readonly string[]): Promise<void>;
}

/** Where a page begins. Throws `INVALID`. */
function placeOf(token: string | undefined): number {
  if (token === undefined) return Number.MAX_SAFE_INTEGER;
  const place = Number(token);
  if (/^\d{1,15}$/.test(token)) return place;
  throw new BuilderError('INVALID', 'The continuation token is none: give what the page before gave');
}

function limitOf(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new BuilderError('INVALID', `A page has from 1 to ${MAX_PAGE} builds; found ${limit}`);
}

/** Opened with `BUILDER_MIGRATIONS`. */
export function createBuildRecords(database: Database, seal: Seal): BuildRecords {
  async function all(statement: Statement, values: readonly SqlValue[]): Promise<readonly StoredBuild[]> {
    return (await database.query(statement, values)).map(storedBuildOf);
  }
  const one = async (statement: Statement, values: readonly SqlValue[]): Promise<StoredBuild | undefined> =>
    (await all(statement, values))[0];
  const ids = (rows: readonly Row[]): readonly string[] => rows.map((row) => String(row['build_id']));

  async function list({ user, states = STATES, limit, continuationToken }: BuildFilter): Promise<BuildPage> {
    const many = limitOf(limit);
    const page = [placeOf(continuationToken), JSON.stringify(states), many + 1];
    const found = await all(
      user === undefined ? LIST_ALL : LIST_OF_USER,
      user === undefined ? page : [...page, user],
    );
    const last = found[many - 1];
    return {
      builds: found.slice(0, many).map(shownBuild),
      ...(found.length > many && last !== undefined && { continuationToken: String(last.place) }),
    };
  }

  return {
    byId: async (id) => (ID.test(id) ? await one(FIND_BY_ID, [id]) : undefined),
    byKey: async (key) => (KEY.test(key) ? await one(FIND_BY_KEY, [key]) : undefined),
    images: (key) => all(FIND_IMAGES, [key]),
    failedSince: (key, moment) => one(FAILED_SINCE, [key, moment]),
    parents: ({ user, kind, sourceDigest, recipeVersion, pushHost, target }) =>
      all(FIND_PARENTS, [user, kind, sourceDigest, recipeVersion, pushHost, target.repository]),
    async isTagBusy({ user, pushHost, target }) {
      const rows = await database.query(IS_TAG_BUSY, [user, pushHost, target.repository, target.tag]);
      return rows.length > 0;
    },
    async input(id) {
      const [row] = await database.query<{ file: string | null; environment: string }>(FIND_INPUT, [id]);
      if (row === undefined) return { environment: {} };
      const environment = seal.open(row.environment, id);
      return { ...(row.file !== null && { file: row.file }), environment };
    },
    async report(id) {
      const [row] = await database.query<{ report: string }>(FIND_REPORT, [id]);
      return row === undefined ? undefined : (JSON.parse(row.report) as ImageReport); // written by `finish`
    },
    list,
    async counts() {
      const [row] = await database.query<{ queued: number; running: number }>(COUNTS);
      return { queued: row?.queued ?? 0, running: row?.running ?? 0 };
    },
    goingOn: async () => new Set(ids(await database.query(GOING_ON))),
    cancel: (id, now, message) => one(CANCEL, [id, now, message]),
    async endedBefore(moment, limit, user) {
      const values = user === undefined ? [moment, limit] : [user, moment, limit];
      return ids(await database.query(user === undefined ? ENDED_BEFORE : ENDED_OF_USER, values));
    },
    endedBeyond: async (newest, limit) => ids(await database.query(ENDED_BEYOND, [newest, limit])),
    async remove(gone) {
      const values = [JSON.stringify(gone)];
      await database.batch(REMOVE_BUILDS.map((statement): Execution => ({ statement, values })));
    },
  };
}
