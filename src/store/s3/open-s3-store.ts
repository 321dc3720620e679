import type { S3Location } from '../location.ts';
import type { ObjectStore } from '../store.ts';

export function openS3Store(location: S3Location): ObjectStore {
  throw new Error(`not there yet: ${location.type}`);
}
