import { QueueError } from '../error.ts';
import type { ArtifactRecord } from '../queue.ts';

/** Digests in hex; of others than these nothing is known here. */
export interface Hashes {
  readonly sha256?: string | undefined;
  readonly sha512?: string | undefined;
}

const ALGORITHMS = ['sha256', 'sha512'] as const;

/** Bytes that were stored for an object. */
export interface StoredBytes {
  /** In the store. */
  readonly key: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly sha512: string;
}

/** The bytes of an object, as its artifact's record has them; `undefined`: there are none yet. */
export function bytesOf({ details }: ArtifactRecord): StoredBytes | undefined {
  const { bytes, mediaType = '', sizeBytes, sha256 = '', sha512 = '' } = details;
  return bytes === undefined
    ? undefined
    : { key: bytes, mediaType, sizeBytes: Number(sizeBytes), sha256, sha512 };
}

/** A record's details with other bytes. */
export const withBytes = (
  details: ArtifactRecord['details'],
  { key, sizeBytes, ...facts }: StoredBytes,
): ArtifactRecord['details'] => ({ ...details, bytes: key, sizeBytes: String(sizeBytes), ...facts });

/** Whether its creator said that all of an object is there: it never changes from then on. */
export const isUploaded = ({ details }: ArtifactRecord): boolean => details['uploaded'] !== undefined;

export const asUploaded = (details: ArtifactRecord['details']): ArtifactRecord['details'] => ({
  ...details,
  uploaded: 'true',
});

/** Details with hashes that the bytes are to have. Throws `RequestConflict` where others were promised before. */
export function withPromises(details: ArtifactRecord['details'], hashes: Hashes): ArtifactRecord['details'] {
  const promised = { ...details };
  for (const algorithm of ALGORITHMS) {
    const [place, hash] = [`promised.${algorithm}`, hashes[algorithm]];
    if (hash === undefined) continue;
    if ((promised[place] ?? hash) !== hash)
      throw new QueueError('RequestConflict', `Another ${algorithm} was promised for this object before.`);
    promised[place] = hash;
  }
  return promised;
}

/** Throws `InputError` where bytes have other hashes than were said, now or before. */
export function checkHashes({ details }: ArtifactRecord, bytes: StoredBytes, said: Hashes): void {
  for (const algorithm of ALGORITHMS) {
    for (const expected of [said[algorithm], details[`promised.${algorithm}`]]) {
      if (expected === undefined || expected === bytes[algorithm]) continue;
      throw new QueueError(
        'InputError',
        `The ${algorithm} of what was uploaded is ${bytes[algorithm]}, not ${expected}: upload it again.`,
      );
    }
  }
}
