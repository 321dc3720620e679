import type { FoundPackage } from './finders/finder.ts';

// No blanks, controls, or anything that a terminal or a page would act on.
const WORD = /^[\p{L}\p{N}!#$%&'()*+,\-./:;=?@[\]^_{|}~]+$/u;
const MAX_LENGTH = 200;

const isWord = (text: string | undefined): boolean =>
  text === undefined || (text.length <= MAX_LENGTH && WORD.test(text));

/** Whether what a package says of itself can be shown and written down. */
export const isSound = ({ name, namespace, version, qualifiers = {} }: FoundPackage): boolean =>
  [name, namespace, version, ...Object.values(qualifiers)].every(isWord);

/**
 * The same, without a license that is a text of its own. Its strings are copies: those that were cut out of a file would keep
 * all of that file in memory.
 */
export function compact({ license, ...rest }: FoundPackage): FoundPackage {
  const isShort = license !== undefined && license.length <= MAX_LENGTH;
  return structuredClone(isShort ? { ...rest, license } : rest);
}
