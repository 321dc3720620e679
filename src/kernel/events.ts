import type { Diagnostic } from './diagnostic.ts';

/**
 * What happens in a run, in order: one stream that the terminal, JSON, the JUnit file, CI systems, the reporter, and
 * later the page and the log all render. Every text in it has passed the redactor. Times are milliseconds since the
 * epoch. Each event names its run, since a workflow's pipelines share one stream.
 *
 * A new kind of event also goes into docs/events.md and into src/cli/events-schema/, where the types ask for it.
 */
export type RunEvent = RunEventBody & { readonly runId: string };

/** An event as a run makes it; the run's id is added on its way out. */
export type RunEventBody =
  | RunStarted
  | RunPlanned
  | PhaseStarted
  | PhaseFinished
  | Diagnosed
  | Notice
  | PullProgressed
  | ServiceReady
  | ServiceOutput
  | StepStarted
  | StepOutput
  | StepFinished
  | StateKept
  | Held
  | Resumed
  | AfterStepsStarted
  | ArtifactStored
  | CacheHit
  | CacheMissed
  | CacheSaved
  | RunFinished;

export interface RunStarted {
  readonly type: 'run-started';
  readonly at: number;
  readonly pipeline: string;
  readonly kind: 'build' | 'deploy';
  readonly application: { readonly id: string; readonly name: string };
  /** What is known of the source at the start; of a repository that is yet to be fetched, `run-planned` says more. */
  readonly git?: RunGit;
  /** The run's folder on this machine. */
  readonly runFolder: string;
  /** The run that this one builds a service for; absent for a run that a person asked for. */
  readonly partOf?: string;
}

/** What git says of a run's source, as far as it is known. */
export interface RunGit {
  readonly branch?: string;
  readonly commit?: string;
}

/** The file is read and everything that it names was found: this is what will run. */
export interface RunPlanned {
  readonly type: 'run-planned';
  readonly at: number;
  /** As the file names it. */
  readonly box: string;
  /** Main steps first, in order, then the after-steps. */
  readonly steps: readonly AnnouncedStep[];
  readonly git?: RunGit;
  /** Whether the output is kept once the main steps have passed. */
  readonly artifacts: boolean;
  /** As the person named it, and its whole text. */
  readonly file: string;
  readonly source: string;
}

/** A step that will run. */
export interface AnnouncedStep {
  readonly safeId: string;
  readonly owner: string;
  readonly name: string;
  /** Empty where the step has none. */
  readonly version: string;
  readonly displayName: string;
  readonly phase: 'main' | 'after';
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

/** A service that was waited for can be used. */
export interface ServiceReady {
  readonly type: 'service-ready';
  readonly at: number;
  /** Its name in the network. */
  readonly service: string;
  /** What was asked of it, in words: `TCP port 5432`. */
  readonly probe: string;
  /** Since its container started. */
  readonly durationMs: number;
}

/** What a service prints, where somebody asked for it. */
export interface ServiceOutput {
  readonly type: 'service-output';
  readonly at: number;
  /** Its name in the network. */
  readonly service: string;
  /** Whole lines, the last line break left out. */
  readonly text: string;
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

/** What a step left was kept, for runs that begin there. */
export interface StateKept {
  readonly type: 'state-kept';
  readonly at: number;
  /** How many steps had passed: 0 is before the first. */
  readonly index: number;
  /** The step's display name, or `start`. */
  readonly name: string;
  /** Absent before the first step. */
  readonly safeId?: string;
  readonly image: string;
  readonly sizeBytes: number;
  readonly durationMs: number;
}

/** A step failed, and the run waits for a decision; box and services stay up. */
export interface Held {
  readonly type: 'held';
  readonly at: number;
  readonly safeId: string;
  readonly displayName: string;
  readonly choices: readonly HeldChoice[];
  /** When it gives up if nobody comes. */
  readonly expiresAt: number;
}

export interface HeldChoice {
  readonly name: string;
  readonly about: string;
}

/** Somebody decided, or nobody came in time. */
export interface Resumed {
  readonly type: 'resumed';
  readonly at: number;
  /** Of the step that the run was held at. */
  readonly safeId: string;
  readonly choice: string;
  readonly by: 'terminal' | 'command' | 'timeout' | 'interrupt';
  /** The step that runs next, where there is one. */
  readonly next?: string;
}

export interface AfterStepsStarted {
  readonly type: 'after-steps-started';
  readonly at: number;
  readonly count: number;
}

/** Something that a run or one of its steps produced is kept. */
export interface ArtifactStored {
  readonly type: 'artifact-stored';
  readonly at: number;
  /** Unique in its run: `output`, a step's safe id, `container`. */
  readonly name: string;
  /** What a download of it is called. */
  readonly fileName: string;
  /** The step that left it; absent for the run's output. */
  readonly safeId?: string;
  /** Folder and tar on this machine; absent for a container. */
  readonly folder?: string;
  readonly tar?: string;
  readonly sizeBytes: number;
  /** Files and links in it; absent where it is no tar. */
  readonly files?: number;
  /** Where it is in a store, and what is known of it there; absent where it is on this machine only. */
  readonly key?: string;
  /** For people: `the folder /srv/x`, `s3://bucket`. */
  readonly store?: string;
  readonly sha256?: string;
  readonly mediaType?: string;
  /** From then on it is as good as gone. */
  readonly expiresAt?: number;
  /** Where else it went, when a store was asked for. */
  readonly url?: string;
}

/** The run that made what another one is given. */
export interface CachedFrom {
  readonly runId: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** Where it was found, for people: `this machine`, or the cache as the configuration calls it. */
  readonly cache: string;
}

/** Nothing runs: all that follows, up to the end, is what an earlier run of the same inputs said and made. */
export interface CacheHit {
  readonly type: 'cache-hit';
  readonly at: number;
  /** What it is called in the cache. */
  readonly ref: string;
  /** 64 hex digits. */
  readonly key: string;
  /** The tree that is taken: 64 hex digits. */
  readonly commit: string;
  readonly from: CachedFrom;
}

/** Nobody has built this: the run goes on as always. */
export interface CacheMissed {
  readonly type: 'cache-miss';
  readonly at: number;
  readonly ref: string;
  readonly key: string;
  /** One sentence for the person. */
  readonly reason: string;
}

/** What the run made is in the cache. */
export interface CacheSaved {
  readonly type: 'cache-saved';
  readonly at: number;
  readonly ref: string;
  readonly key: string;
  readonly commit: string;
  /** What the cache on this machine had not had before. */
  readonly newBytes: number;
  /** The caches that have it now beside this machine's. */
  readonly pushedTo: readonly string[];
}

export interface RunFinished {
  readonly type: 'run-finished';
  readonly at: number;
  readonly result: 'passed' | 'failed' | 'interrupted';
  readonly durationMs: number;
  /** It was taken from the cache, and nothing ran. */
  readonly cachedFrom?: CachedFrom;
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
