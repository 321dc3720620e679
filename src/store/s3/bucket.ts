import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../location.ts';

/** What tests set, and nobody else needs to. */
export interface S3Tuning {
  /** The time, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
  /** Of an upload in parts, at least 5 MiB. */
  readonly partBytes?: number;
}

/** One bucket, and what talks to it. */
export interface Bucket {
  readonly client: S3Client;
  readonly location: S3Location;
  /** For messages: `s3://bucket`, with the address where that is not AWS's own. */
  readonly name: string;
  readonly now: () => number;
  readonly partBytes: number | undefined;
  /** Whether objects may be put with an ACL, as far as is known. */
  takesAcls: boolean;
  /** Whether it has answered for an object: that it is there needs no asking then. */
  isKnown: boolean;
}

/** One thing that is done with a bucket. */
export interface Attempt {
  /** Reads on in "could not …": `read "a/b"`. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}
