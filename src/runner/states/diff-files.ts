import type { ImageFile } from './image-files.ts';

export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Absent where there was none. */
  readonly before?: ImageFile;
  readonly after?: ImageFile;
}

// The run's own files, other in every state.
const OWN =
  /^\/(pipeline\/\.slipway|pipeline\/[^/]+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|report|dev\/slipway-output)(\/|$)/;

const same = (one: ImageFile, other: ImageFile): boolean =>
  one.kind === other.kind &&
  one.mode === other.mode &&
  one.target === other.target &&
  one.digest === other.digest;

/** What was added, removed or changed, by path; a folder only where its mode or kind changed, or it came or went. */
export function diffFiles(
  before: ReadonlyMap<string, ImageFile>,
  after: ReadonlyMap<string, ImageFile>,
): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old === undefined) changes.push({ path, change: 'added', after: file });
    else if (!same(old, file)) changes.push({ path, change: 'changed', before: old, after: file });
  }
  for (const [path, file] of before) {
    if (!after.has(path)) changes.push({ path, change: 'removed', before: file });
  }
  return changes.filter(({ path }) => !OWN.test(path)).sort((one, other) => (one.path < other.path ? -1 : 1));
}
