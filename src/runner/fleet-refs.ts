import { refPart } from './cached/build-ref.ts';

/** Under which the sources of an application are sent to a fleet; a commit of the tree is the last part of the ref. */
export const sourceRef = (application: string, commit: string): string =>
  `slipway.source/${refPart(application)}/${commit}`;

/** Under which the cache folder of a pipeline goes from worker to worker. */
export const pipelineCacheRef = (application: string, pipeline: string): string =>
  `slipway.pipeline-cache/${refPart(application)}/${refPart(pipeline)}`;
