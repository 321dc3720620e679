import { join } from 'node:path';
import type { RunEvent } from '../../kernel/index.ts';
import { GrowingFile } from './growing-file.ts';
import { runLogName } from './run-log-names.ts';

/** As much as somebody looks at; more of it is where the run was started. */
const LOG_BYTES = 256 * 1024 * 1024;
const EVENTS_BYTES = 32 * 1024 * 1024;

export interface RunLogsOptions {
  /** The folder of run logs; asked for when the first run starts. */
  readonly folder: () => Promise<string>;
  /** Shows a run's events as text, as a terminal would have them. */
  readonly renderer: (write: (text: string | Uint8Array) => void) => (event: RunEvent) => void;
  /** Told once for each run that its log is not whole; the run goes on. */
  readonly onTrouble: (error: unknown, runId: string) => void;
}

/** Keeps the log and the events of each run of a stream of events. */
export interface RunLogs {
  /** Takes the events of any number of runs; never holds one up, and does not throw. */
  see(event: RunEvent): void;
  /** Waits until all is written. Logs of runs that did not end are as they are. */
  close(): Promise<void>;
}

/** A line of a run's events: without what is printed, which is in the log from `logOffset` on, and without whole files. */
export function stepEventLine(event: RunEvent, logOffset: number): string {
  const { type, runId, at, ...fields } = event;
  const rest = 'source' in fields ? { ...fields, source: undefined } : fields;
  return `${JSON.stringify({ type, runId, at, logOffset, ...rest })}\n`;
}

/** Output is in the log, and what an engine pulls is said a hundred times a second. */
export const isStepEvent = ({ type }: RunEvent): boolean =>
  type !== 'step-output' && type !== 'pull-progress';

interface KeptRun {
  readonly log: GrowingFile;
  readonly events: GrowingFile;
  readonly show: (event: RunEvent) => void;
}

/** Writes logs of runs into a folder. */
export function writeRunLogs({ folder, renderer, onTrouble }: RunLogsOptions): RunLogs {
  const runs = new Map<string, KeptRun>();
  const ending = new Set<Promise<void>>();

  function begin(runId: string): KeptRun | undefined {
    const names = [runLogName(runId, 'log'), runLogName(runId, 'events')] as const;
    if (names[0] === undefined || names[1] === undefined) return undefined;
    let isTold = false;
    const tell = (error: unknown): void => {
      if (!isTold) onTrouble(error, runId);
      isTold = true;
    };
    const fileOf = (name: string, limitBytes: number): GrowingFile =>
      new GrowingFile({ path: async () => join(await folder(), name), limitBytes, onTrouble: tell });
    const log = fileOf(names[0], LOG_BYTES);
    const events = fileOf(names[1], EVENTS_BYTES);
    log.begin();
    events.begin();
    const show = renderer((text) => log.write(typeof text === 'string' ? Buffer.from(text) : text));
    const run = { log, events, show };
    runs.set(runId, run);
    return run;
  }

  function end(runId: string, { log, events }: KeptRun): void {
    runs.delete(runId);
    const ended = Promise.all([log.end(), events.end()]).then(() => void ending.delete(ended));
    ending.add(ended);
  }

  return {
    see(event) {
      const { runId, type } = event;
      const run = type === 'run-started' ? begin(runId) : runs.get(runId);
      if (run === undefined) return;
      const logOffset = run.log.sizeBytes;
      run.show(event);
      if (isStepEvent(event)) run.events.write(Buffer.from(stepEventLine(event, logOffset)));
      if (type === 'run-finished') end(runId, run);
    },
    async close() {
      for (const [runId, run] of runs) end(runId, run);
      await Promise.all(ending);
    },
  };
}
