import { isGone, isSafeId } from '../kernel/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { ArtifactError } from './error.ts';
import { recordKey } from './keys.ts';
import { listRuns, type RunListOptions, type RunPage, runIds } from './list-runs.ts';
import { readJson } from './read-json.ts';
import type { RunRecord } from './run-record.ts';
import { storedHere } from './stored-here.ts';
import { writeRecord } from './write-record.ts';

const MAX_RECORD_BYTES = 16 * 1024 ** 2; // a thousand steps, each with the longest message that a step may leave

/** The runs that a store knows. Calls may be made at the same time; all throw `StoreError`, and `signal.reason`. */
export interface RunCatalog {
  /** Replaces what was written of the run before. */
  write(record: RunRecord, options?: CatalogOptions): Promise<void>;
  /** Throws `ArtifactError` `CORRUPT` where there is a record that is none. */
  get(runId: string, options?: CatalogOptions): Promise<RunRecord | undefined>;
  /** Newest first. Records that are none are named in `damaged`. */
  list(options?: RunListOptions): Promise<RunPage>;
  /** The ids that begin so, newest first, without reading any record. */
  idsThatBegin(start: string, options?: CatalogOptions): Promise<readonly string[]>;
  /** Says whether retention rules may take the run away; returns its record, `undefined` where there is no such run. */
  keep(runId: string, kept: boolean, options?: CatalogOptions): Promise<RunRecord | undefined>;
}

export interface CatalogOptions {
  readonly signal?: AbortSignal;
}

/** What the owner of a run that says it goes on makes of it. */
const asSeen = (record: RunRecord): RunRecord =>
  record.result === 'running' && isGone(record.owner) ? { ...record, result: 'lost' } : record;

async function readRecord(
  store: ObjectStore,
  runId: string,
  options: CatalogOptions,
): Promise<RunRecord | undefined> {
  if (!isSafeId(runId)) return undefined;
  const what = `The record of the run ${runId}`;
  const record = await readJson(store, recordKey(runId), {
    what,
    maxBytes: MAX_RECORD_BYTES,
    schema: async () => (await import('./schema.ts')).RunRecord,
    ...options,
  });
  if (record === undefined || record.runId === runId) return record;
  throw new ArtifactError('CORRUPT', `${what} in ${store.name} is damaged: it is that of ${record.runId}`);
}

/** The runs that a store knows; nothing is read yet. */
export function openRunCatalog(store: ObjectStore): RunCatalog {
  const get = async (runId: string, options: CatalogOptions = {}): Promise<RunRecord | undefined> => {
    const record = await readRecord(store, runId, options);
    return record && asSeen(await storedHere(store, record, options));
  };
  return {
    write: (record, options = {}) => writeRecord(store, record, options),
    get,
    list: (options = {}) => listRuns(store, get, options),
    idsThatBegin: (start, options = {}) => runIds(store, start, options),
    async keep(runId, kept, options = {}) {
      const record = await readRecord(store, runId, options);
      if (record === undefined) return undefined;
      const changed = { ...record, kept };
      await writeRecord(store, changed, options);
      return asSeen(changed);
    },
  };
}
