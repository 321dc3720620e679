import type { Recipe } from '../service/parts.ts';

const linesOf = (file: string): string[] => file.split('\n').filter((line) => line !== '');

/** A recipe for tests: a file is a list of lines, and one is a part of another whose lines are all there. */
export const LINES: Recipe = {
  version: 'lines-1',
  writeContext: ({ source, file }) => ({
    dockerfile: `FROM ${source}\n`,
    files: file === undefined ? {} : { requirements: file },
  }),
  isSubset: (_kind, older, newer) => {
    const wanted = new Set(linesOf(newer));
    return linesOf(older).every((line) => wanted.has(line));
  },
};
