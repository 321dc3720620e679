import type { RuntimeKind } from '../build.ts';

/**
 * Whether all that `older` asks for is asked for by `newer` in the same words, and nothing else differs: an image that has
 * `older` installed then only lacks what `newer` adds. `false` wherever that cannot be told for sure.
 */
export function isSubset(_kind: RuntimeKind, older: string, newer: string): boolean {
  return older === newer;
}
