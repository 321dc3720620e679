import { currentOwner, type Owner, type RunEvent } from '../kernel/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { recordKey } from './keys.ts';
import { recordAfter, startedRecord } from './record-events.ts';
import type { RunRecord } from './run-record.ts';
import { writeRecord } from './write-record.ts';

export interface RunRecorderOptions {
  /** Opens the store on this machine where all records go; called when the first run starts. */
  readonly open: () => Promise<ObjectStore>;
  /** Another store that artifacts go to: it gets the records of runs from the first of them on. */
  readonly elsewhere?: ObjectStore;
  /** Told in a sentence, once for each store, that runs are not recorded there; they go on. */
  readonly onTrouble: (text: string, runId: string) => void;
  /** @defaultValue this process */
  readonly owner?: Owner;
}

/** Keeps a record of each run of a stream of events. It never fails a run and never holds one up. */
export interface RunRecorder {
  /**
   * Takes the events of any number of runs: a record is written when a run starts, when something of it was stored, and
   * when it ends.
   */
  see(event: RunEvent): void;
  /**
   * Waits until all is written, and says so where that takes long. With `atOnce` only for this machine's disk, and runs that never ended count as
   * interrupted; else those stay as they are, and are lost once the process is gone.
   */
  close(options?: { readonly atOnce?: boolean }): Promise<void>;
}

const PATIENCE_MS = 5000; // a disk that is only busy has answered by then
// Nothing can be taken back from a system that waits for a disk, so the program cannot end by itself.
const LATE =
  'The run has ended, and its record is still being written: the disk or store that it goes to does not answer. Ctrl-C ends the program without it.';

interface Target {
  readonly open: () => Promise<ObjectStore>;
  /** Whether it has no records of runs that stored nothing. */
  readonly forArtifacts: boolean;
  readonly leaving: AbortController;
  store?: Promise<ObjectStore>;
  failed: boolean;
}

/** What one store has, and is to have, of one run. */
interface Copy {
  readonly target: Target;
  wanted: RunRecord;
  written?: RunRecord;
  writing?: Promise<void> | undefined;
}

interface Recorded {
  record: RunRecord;
  readonly copies: readonly Copy[];
}

/** Whether somebody said meanwhile that the run is to be kept. Only this one field is looked at: it is our own record. */
async function isKept(store: ObjectStore, runId: string): Promise<boolean> {
  await using content = await store.open(recordKey(runId));
  if (content === undefined) return false;
  const pieces: Buffer[] = [];
  for await (const chunk of content) pieces.push(Buffer.from(chunk));
  const found: unknown = JSON.parse(Buffer.concat(pieces).toString());
  return typeof found === 'object' && found !== null && 'kept' in found && found.kept === true;
}

/** Writes until the store has what it is to have, which may have become more meanwhile. */
async function writeWanted(copy: Copy): Promise<void> {
  const { target } = copy;
  target.store ??= target.open();
  const store = await target.store;
  while (copy.written !== copy.wanted) {
    const record = copy.wanted;
    const kept = copy.written !== undefined && (await isKept(store, record.runId));
    const { signal } = target.leaving;
    await writeRecord(store, kept ? { ...record, kept } : record, { signal });
    copy.written = record;
  }
}

function target(open: Target['open'], forArtifacts: boolean): Target {
  return { open, forArtifacts, leaving: new AbortController(), failed: false };
}

/** Whether the record is to be written after an event. */
const isWritten = (event: RunEvent): boolean =>
  event.type === 'run-started' ||
  event.type === 'run-finished' ||
  (event.type === 'artifact-stored' && event.key !== undefined);

export function recordRuns(options: RunRecorderOptions): RunRecorder {
  const { elsewhere, onTrouble, owner = currentOwner() } = options;
  const here = target(options.open, false);
  const there = elsewhere && target(() => Promise.resolve(elsewhere), true);
  const targets = there === undefined ? [here] : [here, there];
  const runs = new Map<string, Recorded>();

  const trouble = (at: Target, error: unknown, runId: string): void => {
    if (at.failed || at.leaving.signal.aborted) return;
    at.failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    onTrouble(`The run is not recorded, and \`slipway runs\` will not tell of it rightly: ${reason}`, runId);
  };
  const work = async (copy: Copy): Promise<void> => {
    try {
      await writeWanted(copy);
    } catch (error) {
      trouble(copy.target, error, copy.wanted.runId);
    } finally {
      copy.writing = undefined; // before anybody else can want more
    }
  };
  const write = ({ record, copies }: Recorded): void => {
    for (const copy of copies) {
      if (copy.target.forArtifacts && record.artifacts.length === 0) continue;
      copy.wanted = record;
      copy.writing ??= work(copy);
    }
  };
  const interruptUnfinished = (): void => {
    for (const run of runs.values()) {
      if (run.record.result !== 'running') continue;
      run.record = { ...run.record, result: 'interrupted', finishedAt: Date.now() };
      write(run);
    }
  };
  return {
    see(event) {
      const { runId } = event;
      if (event.type === 'run-started') {
        const record = startedRecord(event, owner);
        runs.set(runId, { record, copies: targets.map((each) => ({ target: each, wanted: record })) });
      }
      const run = runs.get(runId);
      if (run === undefined) return;
      run.record = recordAfter(run.record, event);
      if (isWritten(event)) write(run);
    },
    async close({ atOnce = false } = {}) {
      if (atOnce) {
        there?.leaving.abort();
        interruptUnfinished();
      }
      const copies = [...runs.values()].flatMap((run) => run.copies);
      const late = copies.find(({ writing }) => writing !== undefined);
      if (late === undefined) return;
      const timer = setTimeout(onTrouble, PATIENCE_MS, LATE, late.wanted.runId);
      await Promise.all(copies.map(({ writing }) => writing));
      clearTimeout(timer);
    },
  };
}
