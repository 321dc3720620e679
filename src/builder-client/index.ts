export type * from './builder-client.ts';
export { hasEnded } from './builder-client.ts';
export { BuilderClientError } from './error.ts';
export { openBuilderClient } from './open-builder-client.ts';
