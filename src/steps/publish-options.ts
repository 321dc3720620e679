import type { DownloadLimits } from './options.ts';

export interface PublishStepOptions {
  /** The step's folder, absolute. */
  readonly folder: string;
  readonly registryUrl: string;
  /** Goes to the registry's own origin, and nowhere else. */
  readonly token?: string;
  /** Whose step it is; absent: whom the token belongs to. */
  readonly owner?: string;
  /** Only those with a token of the owner may use it. @defaultValue false */
  readonly isPrivate?: boolean;
  /** Told, as one sentence, when something has to be tried again. */
  readonly onNotice: (text: string) => void;
  readonly signal: AbortSignal;
  readonly limits?: Partial<DownloadLimits>;
}

export interface PublishedStep {
  readonly name: string;
  readonly version: string;
  /** SHA-256 in hex, of the compressed archive. */
  readonly checksum: string;
  readonly sizeBytes: number;
}

/** Why a step was not published, for a person. */
export interface PublishFailure {
  /**
   * `not-a-step`: files are missing, the manifest is wrong, or the folder cannot be archived. `refused`: the registry
   * said no. `unreachable`: nobody answered, or not in time. `invalid`: an answer that is none.
   */
  readonly code: 'not-a-step' | 'refused' | 'unreachable' | 'invalid';
  readonly message: string;
  readonly hint?: string;
}
