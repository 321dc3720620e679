/** What a file asks for: the words of each requirement by the name of its package. */
export type AskedFor = ReadonlyMap<string, string>;

/** Whether one asks for all that the other does, of each package in the same words. */
export const asksForAll = (newer: AskedFor, older: AskedFor): boolean =>
  [...older].every(([name, words]) => newer.get(name) === words);

/** Whether two lists are the same. */
export const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index]);
