import { Writable } from 'node:stream';
import type { RunEvent, RunEventSink } from '../../kernel/index.ts';
import type { TaskLog } from '../task/task-log.ts';

/** How a run is told: to people in the task's log, and to machines. */
export interface PipelineViews {
  /** Shows events as lines of text. */
  readonly text: (options: {
    readonly stream: Writable;
    readonly verbose: boolean;
    /** What paths are shown relative to. */
    readonly currentFolder: string;
  }) => RunEventSink;
  /** An event as a line of JSON, with its end. */
  readonly line: (event: RunEvent) => string;
}

/** A stream into the log of a task: whoever writes waits where the log does. */
export const logStream = (log: TaskLog): Writable =>
  new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      log.write(chunk).then(() => done(), done);
    },
  });
