import { refPart } from './cached/build-ref.ts';

/** Under which the sources of an application are sent to a fleet; a commit of the tree is the last part of the ref. */
export const sourceRef = (application: string, commit: string): string =>
  `slipway.source/${refPart(application)}/${commit}`;

/**
 * Under which the machine that submits keeps the newest source of an application: another name, since the same repository may
 * be the fleet's, where tasks that wait need earlier ones.
 */
export const submittedRef = (application: string): string => `slipway.submitted/${refPart(application)}`;

/** Under which the cache folder of a pipeline goes from worker to worker. */
export const pipelineCacheRef = (application: string, pipeline: string): string =>
  `slipway.pipeline-cache/${refPart(application)}/${refPart(pipeline)}`;
