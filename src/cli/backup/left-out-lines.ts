import type { LeftOut } from '../../backup/index.ts';
import { visibleText } from '../../kernel/index.ts';

/** What is not in a backup, for people. Whoever made the backup wrote it. */
export const leftOutLines = (leftOut: readonly LeftOut[]): string =>
  leftOut.map(({ what, why }) => `Not in it: ${visibleText(what)}; ${visibleText(why)}.\n`).join('');
