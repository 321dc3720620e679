import type { RunCatalog } from '../../artifacts/index.ts';
import type { Database, Row } from '../../database/index.ts';
import { startSweep } from '../../kernel/index.ts';
import type { ProjectUsage } from '../wire.ts';
import { addUp } from './add-up.ts';
import { createRecordedRunCounter } from './count-recorded-runs.ts';
import { DROP_DAYS, USAGE_BETWEEN } from './statements.ts';
import type { EndedRun, Usage } from './usage.ts';

export interface UsageOptions {
  /** Opened with `USAGE_MIGRATIONS`, after those of queue and builder; it is not closed here. */
  readonly database: Database;
  /** The runs that programs on this machine record. Absent: there are none. */
  readonly runs?: Pick<RunCatalog, 'get' | 'idsThatBegin'>;
  /** Told of each run once, by one of the servers that share the database. */
  readonly onEnded?: (run: EndedRun) => void;
  /** Told what could not be counted; it is tried again. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since the epoch. @defaultValue this machine's clock */
  readonly now?: () => number;
  /** The longest pause between two looks at what has ended. @defaultValue 1 minute */
  readonly sweepEveryMs?: number;
}

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_EVERY_MS = 60_000;
const KEPT_DAYS = 1100; // three years
const MAX_PROJECTS = 10_000;

const projectUsage = (row: Row): ProjectUsage => ({
  project: String(row['project']),
  runs: Number(row['runs']),
  failedRuns: Number(row['failed_runs']),
  minutes: Math.round(Number(row['duration_ms']) / 600) / 100,
  bytes: Number(row['bytes']),
});

/** Opens the usage of a database. Dispose it before that. */
export function openUsage(options: UsageOptions): Usage {
  const { database, runs, onEnded = () => {}, onError = () => {}, now = Date.now } = options;
  const countRuns = runs === undefined ? async () => {} : createRecordedRunCounter(database, runs);
  let counting: Promise<void> | undefined;
  let droppedOn: number | undefined;

  async function count(signal?: AbortSignal): Promise<void> {
    // A store that is away keeps nobody from what the database knows.
    await countRuns(signal).catch(onError);
    await addUp(database, onEnded, signal);
  }
  /** Those who ask at the same time share one look. */
  const counted = (signal?: AbortSignal): Promise<void> => {
    counting ??= count(signal).finally(() => {
      counting = undefined;
    });
    return counting;
  };

  const sweep = startSweep({
    now,
    everyMs: options.sweepEveryMs ?? SWEEP_EVERY_MS,
    onError,
    duties: [
      async (signal) => {
        await counted(signal);
        return undefined;
      },
      async () => {
        const today = Math.floor(now() / DAY_MS);
        if (today !== droppedOn) await database.query(DROP_DAYS, [today - KEPT_DAYS]);
        droppedOn = today;
        return undefined;
      },
    ],
  });

  return {
    async between({ from, to }) {
      await counted();
      const days = [Math.floor(from / DAY_MS), Math.floor((to - 1) / DAY_MS)];
      const rows = await database.query(USAGE_BETWEEN, [...days, MAX_PROJECTS]);
      return rows.map(projectUsage);
    },
    [Symbol.asyncDispose]: () => sweep[Symbol.asyncDispose](),
  };
}
