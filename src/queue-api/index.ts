export * from './artifact.ts';
export type * from './claim.ts';
export * from './ids.ts';
export * from './status.ts';
export * from './task.ts';
