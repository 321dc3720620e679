import { basename } from 'node:path';
import { openRunCatalog, type RunRecord } from '../../../artifacts/index.ts';
import { isSafeId } from '../../../kernel/index.ts';
import type { ObjectStore } from '../../../store/index.ts';
import type { Changes } from '../changes.ts';
import { watchFiles } from './watched-folder.ts';

export interface RecordedRunsOptions {
  readonly changes: Changes;
  readonly store: ObjectStore;
  /** Where the store has the records: runs are other processes, which tell nobody but by what they write. */
  readonly folder: string;
  readonly onError: (error: unknown) => void;
  /** How often runs that go on are looked at: one that was killed says nothing. @defaultValue 5 seconds */
  readonly lookMs?: number;
}

const GATHER_MS = 100;
const MAX_READ = 50;
const LOOK_MS = 5000;
const MAX_GOING_ON = 200;

/** Tells of the runs that are recorded in a store on this machine, as they begin and end. */
export async function watchRecordedRuns(options: RecordedRunsOptions): Promise<Disposable> {
  const { changes, store, folder, onError, lookMs = LOOK_MS } = options;
  const catalog = openRunCatalog(store);
  const goingOn = new Set<string>();

  function tell(runId: string, record: RunRecord | undefined): void {
    if (record?.result === 'running' && goingOn.size < MAX_GOING_ON) goingOn.add(runId);
    else goingOn.delete(runId);
    changes.tell(
      record === undefined ? { kind: 'all', of: 'run' } : { kind: 'run', runId, result: record.result },
    );
  }

  async function read(runId: string): Promise<RunRecord | undefined> {
    return await catalog.get(runId).catch((error: unknown) => {
      onError(error); // damaged, or the disk: it is looked at when somebody asks for it
      return undefined;
    });
  }

  async function onChange(names: ReadonlySet<string> | undefined): Promise<void> {
    if (!changes.hasListeners) return;
    const ids = [...(names ?? [])]
      .filter((name) => name.endsWith('.json'))
      .map((name) => basename(name, '.json'));
    if (names === undefined || ids.length > MAX_READ) return changes.tell({ kind: 'all', of: 'run' });
    for (const runId of ids.filter(isSafeId)) tell(runId, await read(runId));
  }

  /** Nobody writes that a run was killed: whoever reads its record sees it. */
  async function lookAtGoingOn(): Promise<void> {
    if (!changes.hasListeners) return goingOn.clear();
    for (const runId of goingOn) {
      const record = await read(runId);
      if (record?.result !== 'running') tell(runId, record);
    }
  }

  const watching = await watchFiles(folder, {
    onChange: (names) => void onChange(names),
    onError,
    gatherMs: GATHER_MS,
    isMade: true,
  });
  const timer = setInterval(() => void lookAtGoingOn(), lookMs).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      watching[Symbol.dispose]();
    },
  };
}
