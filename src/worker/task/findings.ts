import type { TaskFindings } from './task-context.ts';

/** What is known of a run when it begins: nothing. */
export const newFindings = (): TaskFindings => ({
  artifactHashes: new Map(),
  missingArtifacts: new Map(),
  cacheFolders: new Map(),
});
