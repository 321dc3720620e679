import type { Owner } from '../kernel/index.ts';

/**
 * What is kept of a run: the object `runs/<runId>.json`, written when it starts and again when it ends. It lies in the
 * data folder's store and, where the run's artifacts went to another store, there too.
 */
export interface RunRecord {
  readonly version: 1;
  readonly runId: string;
  readonly application: { readonly id: string; readonly name: string };
  /** `image`: an image was built, by the image builder. */
  readonly kind: 'build' | 'deploy' | 'image';
  readonly pipeline: string;
  /** The run that this one builds a service for. */
  readonly partOf?: string;
  readonly git?: { readonly branch?: string; readonly commit?: string };
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** `lost`: its process is gone and never said how it ended. */
  readonly result: 'running' | 'passed' | 'failed' | 'interrupted' | 'lost';
  /** Why it did not pass. */
  readonly message?: string;
  readonly owner: Owner;
  readonly steps: readonly RecordedStep[];
  /** In the order in which they were stored. */
  readonly artifacts: readonly RecordedArtifact[];
  /** Nothing ran: it was given what this run made. */
  readonly cachedFrom?: { readonly runId: string; readonly startedAt: number };
  /** Never removed by a retention rule. @defaultValue false */
  readonly kept?: boolean;
}

export interface RecordedStep {
  readonly safeId: string;
  readonly displayName: string;
  readonly phase: 'main' | 'after';
  readonly result: 'passed' | 'failed' | 'skipped' | 'interrupted';
  /** Milliseconds since the epoch; absent for one that did not run, and in records of earlier versions. */
  readonly startedAt?: number;
  readonly durationMs: number;
  readonly message?: string;
}

/** One artifact as the record names it; its manifest says the rest. */
export interface RecordedArtifact {
  readonly name: string;
  readonly fileName: string;
  /** Where it went, for people: `the folder /srv/x`, `s3://bucket`. */
  readonly store: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly storedAt: number;
  readonly expiresAt?: number;
  /** The step that left it; absent for the run's output. */
  readonly safeId?: string;
  /** Files and links in it; absent where it is no tar. */
  readonly files?: number;
}
