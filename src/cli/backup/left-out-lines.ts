import type { LeftOut } from '../../backup/index.ts';

/** What is not in a backup, for people. */
export const leftOutLines = (leftOut: readonly LeftOut[]): string =>
  leftOut.map(({ what, why }) => `Not in it: ${what}; ${why}.\n`).join('');
