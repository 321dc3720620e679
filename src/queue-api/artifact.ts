import type { Credentials } from './claim.ts';

export const ERROR_REASONS = [
  'file-missing-on-worker',
  'invalid-resource-on-worker',
  'too-large-file-on-worker',
  'file-not-readable-on-worker',
] as const;
export type ArtifactErrorReason = (typeof ERROR_REASONS)[number];

/** What createArtifact is sent. Moments are ISO 8601. */
export type ArtifactRequest =
  | {
      readonly storageType: 's3' | 'object';
      readonly expires: string;
      readonly contentType: string;
      readonly contentLength?: number;
    }
  | {
      readonly storageType: 'reference';
      readonly expires: string;
      readonly contentType: string;
      readonly url: string;
    }
  | {
      readonly storageType: 'link';
      readonly expires: string;
      readonly contentType?: string;
      /** Name of another artifact of the same run. */
      readonly artifact: string;
    }
  | {
      readonly storageType: 'error';
      readonly expires: string;
      readonly reason: ArtifactErrorReason;
      readonly message: string;
    };

export type StorageType = ArtifactRequest['storageType'];

/** What createArtifact answers. */
export interface ArtifactAnswer {
  readonly storageType: StorageType;
  readonly expires?: string;
  readonly contentType?: string;
  /** Where the bytes of an `s3` artifact go. */
  readonly putUrl?: string;
  /** Of an `object` artifact. */
  readonly name?: string;
  readonly projectId?: string;
  readonly uploadId?: string;
  readonly credentials?: Credentials;
}

/** An artifact in a list. */
export interface ListedArtifact {
  readonly storageType: StorageType;
  readonly name: string;
  readonly expires: string;
  readonly contentType: string;
  readonly contentLength?: number;
}

/** Where an artifact's content is. */
export type ArtifactContent =
  | { readonly storageType: 's3' | 'reference'; readonly url: string }
  | { readonly storageType: 'object'; readonly name: string; readonly credentials: Credentials }
  | { readonly storageType: 'error'; readonly reason: ArtifactErrorReason; readonly message: string };
