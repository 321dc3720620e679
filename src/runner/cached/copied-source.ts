import { type DigestedEntry, digestTree } from '../../archive/index.ts';
import { compareSources, type SourceEntry } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';

/**
 * Whether the copy that went into the box is the source that the key was made of. A file that was changed while it was
 * copied, and changed back since, is seen nowhere else. Only files and links count: folders of the copy have modes of its own.
 */
export async function isCopyOf(
  { folder, signal }: Pick<RunContext, 'folder' | 'signal'>,
  source: readonly SourceEntry[],
): Promise<boolean> {
  const copied: DigestedEntry[] = [];
  await digestTree(folder.project, {
    ignore: (path) => path === '.git',
    onEntry: (entry) => copied.push(entry),
    signal,
  });
  const files = (entries: readonly SourceEntry[]): SourceEntry[] =>
    entries.filter(({ kind }) => kind !== 'folder');
  return compareSources(files(source), files(copied)).length === 0;
}
