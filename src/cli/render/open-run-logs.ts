import { Writable } from 'node:stream';
import { writeRunLogs } from '../../artifacts/index.ts';
import type { RunEvent } from '../../kernel/index.ts';
import { NO_MARKS } from './ci/marks.ts';
import type { Output } from './output.ts';
import { terminalRenderer } from './terminal.ts';

export interface RunLogsOutputOptions {
  /** Where logs of runs are kept. */
  readonly folder: () => Promise<string>;
  readonly currentFolder: string;
  /** Told once for each run that its log is not whole. */
  readonly onTrouble: (text: string, runId: string) => void;
}

/** Of the lines that depend on how wide a terminal is: nobody knows who will look. */
const COLUMNS = 100;

/** Keeps what a person sees of each run, with its colours, and its events, for who looks at the run elsewhere or later. */
export function openRunLogs({ folder, currentFolder, onTrouble }: RunLogsOutputOptions): Output {
  const logs = writeRunLogs({
    folder,
    renderer: (write) => showIn(write, currentFolder),
    onTrouble(error, runId) {
      const reason = error instanceof Error ? error.message : String(error);
      onTrouble(`The log of the run is not kept, or not to its end: ${reason}`, runId);
    },
  });
  return { see: logs.see, close: () => logs.close() };
}

function showIn(
  write: (text: string | Uint8Array) => void,
  currentFolder: string,
): (event: RunEvent) => void {
  const stream = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string | Uint8Array, _encoding, done) {
        write(chunk);
        done();
      },
    }),
    { columns: COLUMNS },
  );
  const shared = { stdout: stream, stderr: stream, marks: NO_MARKS, currentFolder };
  const show = terminalRenderer({ ...shared, colour: true, verbose: false, debug: false, quiet: false });
  return (event) => void show(event);
}
