import { count, type Field, flag, list, object, optional, text, whole } from './field.ts';

export interface ShownRunner {
  readonly name: string;
  readonly group: string;
  readonly taskQueueId: string;
  readonly rootUrl: string;
  readonly pid: number;
  readonly running: boolean;
  readonly startedAt: number;
  readonly storePath?: string;
  readonly logFile?: string;
}

/** What the commands about runners answer. */
export interface RunnerLines {
  readonly runner: ShownRunner;
  /** What a runner would find here. */
  readonly 'runner-configuration': {
    readonly engine: string;
    readonly queue: string;
    readonly usable: boolean;
    readonly mistakes: readonly string[];
  };
}

export const RUNNER_LINES: { readonly [T in keyof RunnerLines]: Field<RunnerLines[T]> } = {
  runner: object({
    name: text(),
    group: text(),
    taskQueueId: text(),
    rootUrl: text('of the queue'),
    pid: count(),
    running: flag(),
    startedAt: whole('milliseconds since 1970'),
    storePath: optional(text('where the outputs of pipelines go')),
    logFile: optional(text()),
  }),
  'runner-configuration': object({
    engine: text('what starts containers'),
    queue: text('where tasks come from'),
    usable: flag('whether a runner could work here'),
    mistakes: list(text()),
  }),
};
