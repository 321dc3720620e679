import type { BuiltIn } from './built-in.ts';
import { dockerPush } from './docker-push.ts';

export { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';

/** By the id that a file writes. */
export const BUILT_IN: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['internal/docker-push', dockerPush],
]);
