import type {
  AfterStepsStarted,
  Notice,
  PhaseFinished,
  PhaseStarted,
  ServiceOutput,
  ServiceReady,
  StepFinished,
  StepStarted,
} from '../../kernel/index.ts';
import type { CacheInput } from '../../pipeline/index.ts';

/** Where things are in the tree of a cached build. */
export const PLACE = {
  record: 'meta/slipway.json',
  log: 'logs/build.log',
  timeline: 'logs/timeline.json',
} as const;

/** Where an artifact is: its files as a tree, and what of its tar is no file's content. */
export interface ArtifactPlace {
  readonly folder: string;
  readonly recipe: string;
  readonly rest: string;
}

/** Of the run's output, or of what a step left. */
export function artifactPlace(step: number | undefined): ArtifactPlace {
  const name = step === undefined ? 'output' : `step-${step}`;
  const folder = step === undefined ? 'files' : `steps/${step}`;
  return { folder, recipe: `meta/${name}.tar.json`, rest: `meta/${name}.tar.rest` };
}

/** What a cached build says of itself: `meta/slipway.json`. Times in milliseconds. */
export interface CachedRecord {
  readonly version: 1;
  readonly key: string;
  readonly inputs: readonly CacheInput[];
  readonly runId: string;
  readonly application: { readonly id: string; readonly name: string };
  readonly pipeline: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** The version of Slipway that made it. */
  readonly slipway: string;
  /** How many steps and after-steps the plan had. */
  readonly steps: number;
  readonly artifacts: readonly CachedArtifact[];
}

export interface CachedArtifact {
  /** The place in the plan of the step that left it; absent for the run's output. */
  readonly step?: number;
  /** Of its tar, in hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Without the run's own names for its steps: those have their places in the plan. */
type Placed<E> = Omit<E, 'safeId' | 'at' | 'type'>;

/** One thing that happened in the run, in order: an event, or bytes of the log that a step printed. */
export type TimelineEntry = { readonly at: number; readonly step?: number } & (
  | { readonly type: 'output'; readonly from: number; readonly bytes: number }
  | ({ readonly type: 'step-started' } & Placed<StepStarted>)
  | ({ readonly type: 'step-finished' } & Placed<StepFinished>)
  | ({ readonly type: 'after-steps-started' } & Placed<AfterStepsStarted>)
  | ({ readonly type: 'service-ready' } & Placed<ServiceReady>)
  | ({ readonly type: 'service-output' } & Placed<ServiceOutput>)
  | ({ readonly type: 'notice' } & Placed<Notice>)
  | ({ readonly type: 'phase-started' } & Placed<PhaseStarted>)
  | ({ readonly type: 'phase-finished' } & Placed<PhaseFinished>)
);

/** The events that a timeline holds as they are. */
export type RecordedEvent = Exclude<TimelineEntry, { readonly type: 'output' }>['type'];
