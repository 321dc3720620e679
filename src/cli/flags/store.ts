import type { Flag } from '../flag.ts';

/** Which store a run's artifacts go to. */
export const STORE: readonly Flag[] = [
  { name: 'store-s3', about: 'store the artifacts, with --local-file-store in that folder' },
  { name: 's3-bucket', value: 'NAME', default: 'wercker-development', about: 'bucket of the artifacts' },
];
