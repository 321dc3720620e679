import type { ArtifactRecord } from '../queue.ts';

/** Whether an artifact has bytes of its own on this server. */
export const hasContent = ({ storageType }: ArtifactRecord): boolean =>
  storageType === 's3' || storageType === 'object';
