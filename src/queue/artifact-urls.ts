import type { ArtifactRecord } from './queue.ts';

/**
 * The addresses at which this server takes and gives the bytes of `s3` artifacts. `base` is the root URL that the client
 * uses, without a trailing slash; what they answer begins with it. Both are signed with the key that all servers of a
 * database share, so that any of them may be asked.
 */
export interface ArtifactUrls {
  /** Where its bytes are to be PUT, for 45 minutes. */
  putUrl(record: ArtifactRecord, base: string): string;
  /** Where its bytes are; what is not public is signed for 30 minutes. */
  getUrl(record: ArtifactRecord, base: string): string;
}
