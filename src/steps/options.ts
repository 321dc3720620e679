import type { Diagnostic } from '../kernel/index.ts';
import type { StepManifest } from '../pipeline/index.ts';

export interface ResolveStepOptions {
  /** Where downloaded steps are kept: `.wercker/steps`. Made when it is not there; runs may share it. */
  readonly stepsFolder: string;
  /** What a relative `file://` path begins at. */
  readonly currentFolder: string;
  /** A `file://` path that leads out of this folder is refused; absent: any path may be used. */
  readonly folderRoot?: string;
  /** The step registry; empty: the older interface at `baseUrl` is asked, without the token. */
  readonly registryUrl: string;
  readonly baseUrl: string;
  /** For the registry's own origin, and sent nowhere else. */
  readonly token?: string;
  /** Whether `file://` steps are allowed. */
  readonly allowFolders: boolean;
  /** Told, as one sentence, of what a person should know although the step was found. */
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
  readonly limits?: Partial<DownloadLimits>;
}

/** What a download may take. */
export interface DownloadLimits {
  /** Until a server begins to answer. @defaultValue 30 seconds */
  readonly answerMs: number;
  /** Without a byte in between. @defaultValue 60 seconds */
  readonly stallMs: number;
  /** In all. @defaultValue 10 minutes */
  readonly downloadMs: number;
  /** Of a step's archive, as it is sent. @defaultValue 512 MiB */
  readonly archiveBytes: number;
  /** Of a step's files together. @defaultValue 2 GiB */
  readonly unpackedBytes: number;
  /** Pauses before the second and further tries. @defaultValue 200, 400 and 600 milliseconds */
  readonly retryPausesMs: readonly number[];
}

export const DEFAULT_LIMITS: DownloadLimits = {
  answerMs: 30_000,
  stallMs: 60_000,
  downloadMs: 600_000,
  archiveBytes: 512 * 1024 ** 2,
  unpackedBytes: 2 * 1024 ** 3,
  retryPausesMs: [200, 400, 600],
};

/** A step's files on this machine. They are shared with other runs: whoever changes any copies them first. */
export interface ResolvedStepFiles {
  readonly folder: string;
  /** Absent: the step has none that can be used. */
  readonly manifest?: StepManifest;
  /** Absent: neither the registry nor the manifest says one. */
  readonly version?: string;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Why a step cannot be had, for a person. */
export interface StepFailure {
  /**
   * `not-found`: whoever was asked does not have it. `refused`: not allowed, or only with other credentials.
   * `unreachable`: nobody answered, and no copy is kept. `invalid`: what came is no step, or not the promised one.
   */
  readonly code: 'not-found' | 'refused' | 'unreachable' | 'invalid';
  readonly message: string;
  readonly hint?: string;
}
