export { type PayloadMistake, pathText } from './mistakes.ts';
export { mistakesText, type PayloadContext, parsePayload } from './parse-payload.ts';
export { isRemovedFeature } from './removed.ts';
export { plainPath } from './schema.ts';
export {
  backingLogName,
  DEFAULT_LOG_NAME,
  type PayloadArtifact,
  type PayloadImage,
  type TaskPayload,
} from './task-payload.ts';
