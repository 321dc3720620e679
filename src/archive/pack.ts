import { resolve } from 'node:path';
import { type BytePath, bytePath, joinPath } from './byte-path.ts';
import type { IgnoreMatcher } from './ignore.ts';
import { createPacer, throwIfAborted } from './pacer.ts';
import { packLarge, packSmall } from './pack-file.ts';
import { createTarOutput, type Owner, type TarOutput } from './tar-output.ts';
import { readLink, type WalkedEntry, walkTree } from './walk.ts';

/**
 * A part of an archive. Names are relative, parts separated by `/`; the folders above them are not added by themselves.
 */
export type TarItem =
  /** A folder made of nothing. `mode`: 0755 unless given. */
  | { readonly type: 'folder'; readonly name: string; readonly mode?: number }
  /** A file with this content. `mode`: 0644 unless given. */
  | {
      readonly type: 'file';
      readonly name: string;
      readonly content: string | Uint8Array;
      readonly mode?: number;
    }
  /** A symbolic link with this target, as it is. */
  | { readonly type: 'link'; readonly name: string; readonly target: string }
  | TreeItem;

/** A folder of this machine with everything in it. */
export interface TreeItem {
  readonly type: 'tree';
  readonly folder: string;
  /** What the folder is called in the archive; empty: only its content is archived, at the archive's root. */
  readonly name: string;
  /** What to leave out. */
  readonly ignore?: IgnoreMatcher;
}

export interface PackOptions {
  /** Whom the entries belong to. Root (0) unless given. */
  readonly owner?: Owner;
  /**
   * The same files give the same bytes: times are the epoch, modes 0755 for folders and what may be executed, else 0644.
   * @defaultValue false
   */
  readonly reproducible?: boolean;
  readonly signal?: AbortSignal;
}

// Files up to this size are read at once into the chunk that is being filled; larger ones in pieces.
const MAX_SMALL_BYTES = 128 * 1024;

/**
 * Makes one tar of several parts, in their order. Files keep mode and time, links stay links, names keep their bytes.
 * Files are read as the archive is consumed, never more than a chunk ahead.
 *
 * Throws `NOT_FOUND` when a tree is no folder, `UNSUPPORTED_FILE` at a pipe or device, `CHANGED` when a large
 * file becomes shorter while it is read (a smaller one is archived as it was found), `IO`, `ABORTED`.
 */
export async function* packItems(
  items: Iterable<TarItem>,
  options: PackOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  throwIfAborted(options.signal);
  const output = createTarOutput(options.owner ?? { uid: 0, gid: 0 }, options.reproducible);
  for (const item of items) {
    if (item.type === 'tree') yield* packTree(output, item, options.signal);
    else packLiteral(output, item);
    yield* output.take();
  }
  yield* output.end();
}

/** `packItems` for a single folder. */
export function packFolder(
  folder: string,
  options: PackOptions & Omit<TreeItem, 'type' | 'folder'>,
): AsyncGenerator<Buffer, void, undefined> {
  return packItems([{ ...options, type: 'tree', folder }], options);
}

async function* packTree(
  output: TarOutput,
  item: TreeItem,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const prefix = bytePath(item.name);
  const pacer = createPacer(signal);
  for (const entry of walkTree(bytePath(resolve(item.folder)), item.ignore)) {
    const path = entry.path === '' ? prefix : joinPath(prefix, entry.path);
    if (entry.kind !== 'file') packOther(output, entry, path);
    else if (entry.stats.size <= MAX_SMALL_BYTES) packSmall(output, { entry, path });
    else yield* packLarge(output, { entry, path }, signal);
    // Not `yield*`: that costs turns also when there is nothing.
    for (const chunk of output.take()) yield chunk;
    if (pacer.isDue()) await pacer.rest();
  }
}

function packOther(output: TarOutput, entry: WalkedEntry, path: BytePath): void {
  if (entry.kind === 'link') output.entry('link', path, entry.stats, readLink(entry.source));
  else if (path !== '') output.entry('folder', path, entry.stats);
}

function packLiteral(output: TarOutput, item: Exclude<TarItem, TreeItem>): void {
  const path = bytePath(item.name);
  const facts = { mtimeMs: Date.now(), size: 0 };
  if (item.type === 'link') {
    output.entry('link', path, { ...facts, mode: 0o777 }, bytePath(item.target));
  } else if (item.type === 'folder') {
    output.entry('folder', path, { ...facts, mode: item.mode ?? 0o755 });
  } else {
    const content = Buffer.from(item.content);
    const fill = (room: Buffer): number => content.copy(room);
    output.file(path, { ...facts, size: content.length, mode: item.mode ?? 0o644 }, fill);
  }
}
