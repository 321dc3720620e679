import type { Diagnostic } from './diagnostic.ts';

/**
 * What happens in a run, in order: one stream that the terminal, JSON, and later the reporter, the page and the log
 * all render. Every text in it has passed the redactor. Times are milliseconds since the epoch.
 */
export type RunEvent =
  | RunStarted
  | PhaseStarted
  | PhaseFinished
  | Diagnosed
  | Notice
  | PullProgressed
  | StepStarted
  | StepOutput
  | StepFinished
  | AfterStepsStarted
  | ArtifactStored
  | RunFinished;

export interface RunStarted {
  readonly type: 'run-started';
  readonly at: number;
  readonly runId: string;
  readonly pipeline: string;
  readonly kind: 'build' | 'deploy';
  /** The run's folder on this machine. */
  readonly runFolder: string;
}

/** Work of Slipway's own around the steps. */
export type PhaseName =
  | 'copy source'
  | 'setup environment'
  | 'store artifacts'
  | 'store cache'
  | 'commit'
  | 'clean up';

export interface PhaseStarted {
  readonly type: 'phase-started';
  readonly at: number;
  readonly phase: PhaseName;
}

export interface PhaseFinished {
  readonly type: 'phase-finished';
  readonly at: number;
  readonly phase: PhaseName;
  readonly result: 'passed' | 'failed';
  readonly durationMs: number;
}

/** One sentence for the person. */
export interface Notice {
  readonly type: 'notice';
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warning' | 'error';
  readonly text: string;
}

export interface PullProgressed {
  readonly type: 'pull-progress';
  readonly at: number;
  readonly image: string;
  readonly layer?: string;
  readonly status: string;
  readonly currentBytes?: number;
  readonly totalBytes?: number;
}

export interface StepStarted {
  readonly type: 'step-started';
  readonly at: number;
  readonly safeId: string;
  readonly displayName: string;
  readonly phase: 'main' | 'after';
  /** From 1, within its phase. */
  readonly index: number;
  readonly count: number;
}

export interface StepOutput {
  readonly type: 'step-output';
  readonly at: number;
  /** Absent for what is printed outside of any step: a service that failed. */
  readonly safeId?: string;
  readonly bytes: Buffer;
}

export interface StepFinished {
  readonly type: 'step-finished';
  readonly at: number;
  readonly safeId: string;
  readonly displayName: string;
  readonly phase: 'main' | 'after';
  readonly result: 'passed' | 'failed' | 'skipped' | 'interrupted';
  readonly durationMs: number;
  /** Of the step's last command; absent where it did not end by itself. */
  readonly exitCode?: number;
  /** The step's own message, or why it failed. */
  readonly message?: string;
  /** More about why, and what to do. */
  readonly detail?: string;
}

export interface AfterStepsStarted {
  readonly type: 'after-steps-started';
  readonly at: number;
  readonly count: number;
}

export interface ArtifactStored {
  readonly type: 'artifact-stored';
  readonly at: number;
  /** Folder and tar on this machine. */
  readonly folder: string;
  readonly tar: string;
  readonly sizeBytes: number;
  readonly files: number;
  /** Where else it went, when a store was asked for. */
  readonly url?: string;
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly at: number;
  readonly runId: string;
  readonly result: 'passed' | 'failed' | 'interrupted';
  readonly durationMs: number;
  /** Why it did not pass. */
  readonly message?: string;
  readonly hint?: string;
  /** The box's container, where it was kept on purpose. */
  readonly keptBox?: string;
}

/**
 * Takes events in order; must not throw. Where it returns a promise, no more output is taken from the box until that
 * settles: a slow reader slows the step down instead of filling the memory.
 */
export type RunEventSink = (event: RunEvent) => void | Promise<void>;

/** A mistake in a file that a person wrote, found before anything started. */
export interface Diagnosed {
  readonly type: 'diagnosed';
  readonly at: number;
  readonly diagnostic: Diagnostic;
  /** The whole text of the file, for the excerpt. */
  readonly source?: string;
}
