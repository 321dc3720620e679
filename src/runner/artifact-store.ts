import type { ObjectStore } from '../store/index.ts';

/** Where a run's artifacts go, beside the copy in its own folder. */
export interface ArtifactStore {
  readonly store: ObjectStore;
  /**
   * What the line `Uploading file to …` calls it. Absent: nobody asked for a store, and this is the data folder's own;
   * then nothing is said of it, and a stored container stays in the run's folder too.
   */
  readonly destination?: 'local-file-store' | 'S3' | 'OCI Object Store';
  /** Where an object of it can be found, for the event `artifact-stored` and what is reported. */
  readonly urlOf?: (key: string) => string;
}
