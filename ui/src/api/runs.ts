import { ask } from './ask.ts';
import type { ListPage, ListQuestion } from './use-list.ts';

/** Recorded runs as `GET /api/v1/runs` tells of them (`docs/server.md`). Moments are milliseconds since the epoch. */
export type RunResult = 'running' | 'passed' | 'failed' | 'interrupted' | 'lost';

export interface RunRecord {
  readonly runId: string;
  readonly application: { readonly id: string; readonly name: string };
  readonly kind: 'build' | 'deploy' | 'image';
  readonly pipeline: string;
  readonly partOf?: string;
  readonly git?: { readonly branch?: string; readonly commit?: string };
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly result: RunResult;
  readonly message?: string;
  readonly steps: readonly RecordedStep[];
  readonly artifacts: readonly RunArtifact[];
  readonly cachedFrom?: { readonly runId: string; readonly startedAt: number };
  readonly kept?: boolean;
  /** What leads to the bytes of the artifact that it is for; absent where it stored none. */
  readonly download?: string;
}

export interface RecordedStep {
  readonly safeId: string;
  readonly displayName: string;
  readonly phase: 'main' | 'after';
  readonly result: 'passed' | 'failed' | 'skipped' | 'interrupted';
  readonly durationMs: number;
  readonly message?: string;
}

export interface RunArtifact {
  readonly name: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly mediaType: string;
  readonly storedAt: number;
  readonly expiresAt?: number;
  readonly safeId?: string;
  /** Absent where it is no tar. */
  readonly files?: number;
  /** Where its bytes are. */
  readonly href: string;
}

const RUNS = '/api/v1/runs';

/** Runs, the newest first. */
export async function listRuns(
  { applicationId }: { readonly applicationId?: string | undefined },
  { limit, after, signal }: ListQuestion,
): Promise<ListPage<RunRecord>> {
  const { runs, next } = await ask<{ readonly runs: readonly RunRecord[]; readonly next?: string }>(RUNS, {
    query: { application: applicationId, limit, after },
    signal,
  });
  return { items: runs, next };
}

/** One run. */
export const getRun = (runId: string, signal?: AbortSignal): Promise<RunRecord> =>
  ask<RunRecord>(`${RUNS}/${encodeURIComponent(runId)}`, { signal });
