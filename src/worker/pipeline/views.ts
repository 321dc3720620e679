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

/** A stream into the log of a task. */
export type LogStream = Writable & {
  /** Bytes that it was given, and has not given to the log yet. */
  readonly waitingBytes: () => number;
};

/** A stream into the log of a task: whoever writes waits where the log does. */
export function logStream(log: TaskLog): LogStream {
  let givenBytes = 0; // of the chunk that the log has, and room is waited for
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      givenBytes = chunk.length;
      const end = (error?: Error): void => {
        givenBytes = 0;
        done(error);
      };
      log.write(chunk).then(() => end(), end);
    },
  });
  return Object.assign(stream, { waitingBytes: () => stream.writableLength - givenBytes });
}
