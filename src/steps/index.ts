export { StepError, type StepErrorCode } from './error.ts';
export { type InitScriptOptions, initScript } from './init-script.ts';
export type { DownloadLimits, ResolvedStepFiles, ResolveStepOptions, StepFailure } from './options.ts';
export type { PublishedStep, PublishFailure, PublishStepOptions } from './publish-options.ts';
export { publishStep } from './publish-step.ts';
export { resolveStep } from './resolve-step.ts';
export { scriptStepFile } from './script-step.ts';
