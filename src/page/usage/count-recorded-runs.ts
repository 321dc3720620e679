import type { RunCatalog, RunRecord } from '../../artifacts/index.ts';
import { ArtifactError } from '../../artifacts/index.ts';
import type { Database } from '../../database/index.ts';
import { COUNT_RUN, COUNTED_RUNS, ENTER, FORGET_RUNS } from './statements.ts';

const ASKED_AT_ONCE = 500;
const READ_AT_ONCE = 8;
// A record is read again as long as its run goes on: as many as one machine could have at work.
const MAX_GOING_ON = 1000;
const MAX_NAME = 200;

/** Counts runs by their records, which programs beside the server write too. */
export type CountRecordedRuns = (signal?: AbortSignal) => Promise<void>;

/** `undefined`: it goes on. */
function outcomeOf({ result }: RunRecord): 'passed' | 'failed' | 'exception' | undefined {
  if (result === 'running') return undefined;
  return result === 'passed' || result === 'failed' ? result : 'exception';
}

const storedBytes = ({ artifacts }: RunRecord): number =>
  artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Looks at the runs of a catalog that were not there, or had not ended, the last time. */
export function createRecordedRunCounter(
  database: Database,
  catalog: Pick<RunCatalog, 'get' | 'idsThatBegin'>,
): CountRecordedRuns {
  /** Counted, or nothing to count: not looked at again. */
  const done = new Set<string>();

  async function count(record: RunRecord, outcome: string): Promise<void> {
    const { runId, application, startedAt, finishedAt = startedAt } = record;
    const project = (application.name || application.id).slice(0, MAX_NAME);
    // Where it was counted already nothing of this happens.
    await database.batch([
      { statement: COUNT_RUN, values: [runId, finishedAt], rows: 1 },
      { statement: ENTER, values: [project, outcome, startedAt, finishedAt, storedBytes(record)] },
    ]);
  }

  async function look(runId: string): Promise<void> {
    const record = await catalog.get(runId).catch((error: unknown) => {
      if (error instanceof ArtifactError) return undefined; // damaged: nobody knows what it used
      throw error;
    });
    // Builds of images are counted as they end, with their user.
    const outcome = record === undefined || record.kind === 'image' ? 'exception' : outcomeOf(record);
    if (outcome === undefined) return;
    if (record !== undefined && record.kind !== 'image') await count(record, outcome);
    done.add(runId);
  }

  async function forget(there: ReadonlySet<string>): Promise<void> {
    const gone = [...done].filter((runId) => !there.has(runId));
    for (let at = 0; at < gone.length; at += ASKED_AT_ONCE) {
      const some = gone.slice(at, at + ASKED_AT_ONCE);
      await database.query(FORGET_RUNS, [JSON.stringify(some)]);
      for (const runId of some) done.delete(runId);
    }
  }

  return async (signal) => {
    const ids = await catalog.idsThatBegin('', signal === undefined ? {} : { signal });
    await forget(new Set(ids));
    const unknown = ids.filter((runId) => !done.has(runId));
    for (let at = 0; at < unknown.length; at += ASKED_AT_ONCE) {
      const some = unknown.slice(at, at + ASKED_AT_ONCE);
      for (const row of await database.query(COUNTED_RUNS, [JSON.stringify(some)]))
        done.add(String(row['run_id']));
    }
    const open = unknown.filter((runId) => !done.has(runId)).slice(0, MAX_GOING_ON);
    for (let at = 0; at < open.length && !signal?.aborted; at += READ_AT_ONCE)
      await Promise.all(open.slice(at, at + READ_AT_ONCE).map(look));
  };
}
