import { isSafeId } from '../kernel/index.ts';
import type { ObjectStore, StoredObject } from '../store/index.ts';
import { ArtifactError } from './error.ts';
import { RUNS_PREFIX } from './keys.ts';
import type { RunRecord } from './run-record.ts';

export interface RunListOptions {
  /** From 1. @defaultValue 100 */
  readonly limit?: number;
  /** What the page before gave as `next`. */
  readonly after?: string;
  readonly applicationId?: string;
  readonly signal?: AbortSignal;
}

export interface RunPage {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** Ids of runs whose record cannot be read: damaged, or of a version that is not known. */
  readonly damaged: readonly string[];
  /** Give it as `after` to get the next page. Absent: this was the last one. */
  readonly next?: string;
}

/** A run as the listing of its store names it. */
interface Listed {
  readonly runId: string;
  readonly at: number;
  readonly sizeBytes: number;
}

/** Where a run is among the others. */
type Place = Pick<Listed, 'runId' | 'at'>;

const READ_AT_ONCE = 16; // a store in a cloud answers in tens of milliseconds, however small the object
const DAY_MS = 24 * 60 * 60_000;
const RECORD = /^runs\/([^/]+)\.json$/;

/**
 * About when a run began, as far as the listing tells: ids of our own, and the original's, begin with the seconds. Of
 * any other id it is when the record was last written. A time that lies ahead of that is none.
 */
function startOf(runId: string, { modifiedAt }: StoredObject): number {
  if (!/^[0-9a-f]{24}$/.test(runId)) return modifiedAt;
  const at = Number.parseInt(runId.slice(0, 8), 16) * 1000;
  return at <= modifiedAt + DAY_MS ? at : modifiedAt;
}

const byId = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const newestFirst = (a: Place, b: Place): number => b.at - a.at || byId(b.runId, a.runId);

const cursorOf = ({ at, runId }: Place): string => `${at}-${runId}`;

/** Where the page before ended; a text that is no such place is the end of all. */
function placeOf(cursor: string): Place {
  const dash = cursor.indexOf('-');
  return { at: Number(cursor.slice(0, Math.max(dash, 0)) || Number.NaN), runId: cursor.slice(dash + 1) };
}

async function listed(store: ObjectStore, start: string, signal: AbortSignal | undefined): Promise<Listed[]> {
  const found: Listed[] = [];
  let after: string | undefined;
  do {
    const page = await store.list({
      prefix: `${RUNS_PREFIX}${start}`,
      ...(after !== undefined && { after }),
      ...(signal !== undefined && { signal }),
    });
    for (const object of page.objects) {
      const runId = RECORD.exec(object.key)?.[1];
      if (runId !== undefined && isSafeId(runId))
        found.push({ runId, at: startOf(runId, object), sizeBytes: object.sizeBytes });
    }
    after = page.next;
  } while (after !== undefined);
  return found.toSorted(newestFirst);
}

/** The ids of runs that begin so, newest first. */
export async function runIds(
  store: ObjectStore,
  start: string,
  { signal }: { readonly signal?: AbortSignal },
): Promise<readonly string[]> {
  return (await listed(store, start, signal)).map(({ runId }) => runId);
}

type Get = (runId: string, options: { readonly signal?: AbortSignal }) => Promise<RunRecord | undefined>;

/** What each of them is: a record, one that cannot be read, or nothing where it was removed meanwhile. */
async function readSome(
  get: Get,
  some: readonly Listed[],
  signal: AbortSignal | undefined,
): Promise<(RunRecord | 'damaged' | undefined)[]> {
  const read = async ({ runId }: Listed): Promise<RunRecord | 'damaged' | undefined> => {
    try {
      return await get(runId, signal === undefined ? {} : { signal });
    } catch (error) {
      if (error instanceof ArtifactError) return 'damaged';
      throw error;
    }
  };
  return await Promise.all(some.map(read));
}

const MAX_AT_ONCE_BYTES = 16 * 1024 ** 2; // as much as one record may have
const MAX_PAGE_BYTES = 32 * 1024 ** 2; // an honest record has a few KiB, and a page of a thousand a few MiB
const MAX_LOOKED = 10_000; // for an application that has no runs, or few

/** Those of a page that are read next. */
function nextOf(rest: readonly Listed[], looked: number, wanted: number): Listed[] {
  const some: Listed[] = [];
  let sizeBytes = 0;
  for (const run of rest.slice(looked, looked + Math.min(READ_AT_ONCE, wanted))) {
    sizeBytes += run.sizeBytes;
    if (some.length > 0 && sizeBytes > MAX_AT_ONCE_BYTES) break;
    some.push(run);
  }
  return some;
}

/**
 * One page of runs. Reads the records of the page, and of an application's page those before them. Records that are very
 * large, or those of others, end it early: whoever may write to a store decides on no more memory than that.
 */
export async function listRuns(
  store: ObjectStore,
  get: Get,
  { limit = 100, after, applicationId, signal }: RunListOptions,
): Promise<RunPage> {
  const all = await listed(store, '', signal);
  const place = after === undefined ? undefined : placeOf(after);
  const rest = place === undefined ? all : all.filter((run) => newestFirst(place, run) < 0);
  const runs: RunRecord[] = [];
  const damaged: string[] = [];
  let looked = 0;
  let sizeBytes = 0;
  while (looked < rest.length && runs.length < limit && sizeBytes < MAX_PAGE_BYTES && looked < MAX_LOOKED) {
    const some = nextOf(rest, looked, limit - runs.length);
    sizeBytes += some.reduce((sum, run) => sum + run.sizeBytes, 0);
    const found = await readSome(get, some, signal);
    looked += some.length;
    for (const [i, record] of found.entries()) {
      if (record === 'damaged') damaged.push(some[i]?.runId ?? '');
      else if (record !== undefined && (applicationId ?? record.application.id) === record.application.id)
        runs.push(record);
    }
  }
  const last = rest[looked - 1];
  return { runs, damaged, ...(last !== undefined && looked < rest.length && { next: cursorOf(last) }) };
}
