import type { ArtifactRecord } from './queue.ts';

/** An address that is good until a moment, in milliseconds since the epoch. */
export interface SignedAddress {
  readonly url: string;
  readonly expiresAt: number;
}

/** What is going to be sent. */
export interface DeclaredUpload {
  readonly contentType: string;
  readonly contentLength: number;
}

/**
 * The addresses at which this server takes and gives the bytes of artifacts. `base` is the root URL that the client
 * uses, without a trailing slash; what they answer begins with it. Both are signed with the key that all servers of a
 * database share, so that any of them may be asked.
 */
export interface ArtifactUrls {
  /** Where its bytes are to be PUT, for 45 minutes. */
  putUrl(record: ArtifactRecord, base: string): string;
  /** Where the bytes of an object are to be PUT, of this type and length. */
  uploadUrl(record: ArtifactRecord, upload: DeclaredUpload, base: string): SignedAddress;
  /** Where the bytes of an object are, also before its artifact can be seen. */
  objectUrl(record: ArtifactRecord, base: string): SignedAddress;
  /** Where its bytes are; what is not public is signed for 30 minutes. */
  getUrl(record: ArtifactRecord, base: string): string;
}
