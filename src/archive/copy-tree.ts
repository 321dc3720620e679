import { resolve } from 'node:path';
import { bytePath } from './byte-path.ts';
import type { IgnoreMatcher } from './ignore.ts';
import { leaveOut } from './leave-out.ts';
import { type CopyCounts, createMirror, type Mirror } from './mirror.ts';
import { createPacer, throwIfAborted } from './pacer.ts';
import { type WalkedEntry, walkTree } from './walk.ts';

export interface CopyTreeOptions {
  readonly ignore?: IgnoreMatcher;
  /** Folders of the source to leave out besides. The target always is, so it may be inside of the source. */
  readonly exclude?: readonly string[];
  /** Called now and then, at most once per turn of the event loop. */
  readonly onProgress?: (counts: CopyCounts) => void;
  readonly signal?: AbortSignal;
}

/**
 * Makes `to` the same as `from`: files with mode and time, links as they are (also those that lead nowhere), empty
 * folders. Files that are there already with the same size, mode and time are left; what `from` does not have is
 * removed. It can be repeated after any failure.
 *
 * Throws `NOT_FOUND` when `from` is no folder, `UNSUPPORTED_FILE` at a pipe or device, `NO_SPACE`, `ABORTED`.
 */
export async function copyTree(from: string, to: string, options: CopyTreeOptions = {}): Promise<CopyCounts> {
  throwIfAborted(options.signal);
  const root = resolve(from);
  const mirror = createMirror(bytePath(resolve(to)));
  const pacer = createPacer(options.signal);
  for (const entry of walkTree(
    bytePath(root),
    leaveOut(root, [to, ...(options.exclude ?? [])], options.ignore),
  )) {
    const pending = mirrorEntry(mirror, entry);
    if (pending !== undefined) await pending;
    if (!pacer.isDue()) continue;
    options.onProgress?.({ ...mirror.counts });
    await pacer.rest();
  }
  return { ...mirror.counts };
}

function mirrorEntry(mirror: Mirror, entry: WalkedEntry): Promise<void> | undefined {
  if (entry.kind === 'folder') mirror.folder(entry);
  else if (entry.kind === 'link') mirror.link(entry);
  else if (mirror.needs(entry)) return mirror.copy(entry);
  return undefined;
}
