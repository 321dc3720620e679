import type { TreeEntry } from '../../cache/index.ts';
import { modeText } from '../kept/artifact-lines.ts';
import { shownText } from '../render/columns.ts';

const PATH_LENGTH = 4096;
const SIZE_COLUMNS = 11; // up to 99 GB without a ragged column; nobody waits for the longest to be known

/** `1 file`, `2 files` */
export const counted = (amount: number, word: string): string =>
  `${amount} ${word}${amount === 1 ? '' : 's'}`;

function pathText({ path, type, target }: TreeEntry): string {
  const shown = shownText(path, PATH_LENGTH);
  if (type === 'folder') return `${shown}/`;
  return target === undefined ? shown : `${shown} -> ${shownText(target, PATH_LENGTH)}`;
}

/** `-rwxr-xr-x        1234  bin/tool` */
export function treeLine(entry: TreeEntry): string {
  const size = entry.type === 'file' ? String(entry.sizeBytes) : '';
  return `${modeText(entry)}${size.padStart(SIZE_COLUMNS)}  ${pathText(entry)}`;
}
