import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteLru } from '../../kernel/index.ts';
import { readPins } from '../health/pins.ts';
import { isPrivateRef, isRefName } from '../ostree/index.ts';
import { objectPath } from '../ostree/object-name.ts';
import { ABSENT, fileTrouble, unless } from '../repository/file-trouble.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { statsOf } from '../repository/stats-of.ts';

/** A ref as people look at it. */
export interface ListedRef extends Ref {
  /** Of the commit, in milliseconds since the epoch; absent where the commit cannot be read. */
  readonly committedAt?: number;
  /** When it was set, or its commit was pulled or pushed last, where that is noted. */
  readonly usedAt?: number;
  readonly isPinned: boolean;
}

export interface RefPageOptions {
  /** Only names that begin so. */
  readonly prefix?: string;
  /** Only names behind that one. */
  readonly after?: string;
  readonly limit: number;
  /** Whether private refs below this first part of their names are listed. @defaultValue none */
  readonly mayList?: (firstPart: string) => boolean;
}

export interface RefPage {
  readonly refs: readonly ListedRef[];
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** Gives refs in the order of their names, a page at a time. Throws `CacheError`. */
export type RefPages = (options: RefPageOptions) => Promise<RefPage>;

/** What is in a folder of refs. Names of folders end with a slash: so they are in the order of whole names. */
type Names = readonly string[];

// Names of 50,000 refs take about 5 MB.
const KEPT_BYTES = 16 * 1024 * 1024;
/** A folder that was changed longer ago than that has another time after the next change: no clock counts in coarser steps. */
const SETTLED_MS = 3000;

/**
 * Lists refs without reading all of them: only folders that the page is about are looked into, and their names are remembered
 * as long as they do not change.
 */
export function createRefPages(repository: Repository): RefPages {
  const heads = join(repository.folder, 'refs/heads');
  const kept = new ByteLru<Names>(KEPT_BYTES);

  async function namesIn(folder: string): Promise<Names> {
    const path = join(heads, folder);
    try {
      const before = await unless(ABSENT, stat(path));
      if (before === undefined) return [];
      const isPassing = Date.now() - before.mtimeMs < SETTLED_MS;
      return await kept.get(`${folder} ${before.ino} ${before.mtimeMs}`, async () => {
        const value = await readNames(path);
        return { value, sizeBytes: 100 * value.length + 200, isPassing };
      });
    } catch (cause) {
      throw fileTrouble('list the refs in', path, cause);
    }
  }

  async function* walk(folder: string, options: RefPageOptions): AsyncGenerator<string, void, undefined> {
    const { prefix = '', after = '', mayList = () => false } = options;
    const names = await namesIn(folder);
    const start = after > prefix ? after : prefix;
    for (let i = firstFrom(names, folder, start); i < names.length; i += 1) {
      const name = `${folder}${names[i]}`;
      if (!isWithin(name, prefix)) {
        if (name > prefix) return; // so are all that follow
        continue;
      }
      if (folder === '' && isPrivateRef(name) && !mayList(name.replace('/', ''))) continue;
      if (name.endsWith('/')) yield* walk(name, options);
      else if (name > after && isRefName(name)) yield name;
    }
  }

  return async (options) => {
    const pins = new Set(await readPins(repository));
    const refs: ListedRef[] = [];
    let hasMore = false;
    for await (const ref of walk('', options)) {
      hasMore = refs.length === options.limit;
      if (hasMore) break;
      const commit = await repository.readRef(ref);
      if (commit !== undefined) refs.push({ ref, commit, isPinned: pins.has(ref) });
    }
    return { refs: await Promise.all(refs.map((ref) => withTimes(repository, ref))), hasMore };
  };
}

async function readNames(path: string): Promise<Names> {
  const entries = (await unless(ABSENT, readdir(path, { withFileTypes: true }))) ?? [];
  // Names of refs have nothing but ASCII in them: their order as texts is that of their bytes.
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
}

/** The position of a name before which none is at `start` or behind it, or leads to such a one. */
function firstFrom(names: Names, folder: string, start: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const name = `${folder}${names[middle]}`;
    if (name < start && !start.startsWith(name)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether it begins so, or leads to names that may. */
const isWithin = (name: string, prefix: string): boolean =>
  name.startsWith(prefix) || (name.endsWith('/') && prefix.startsWith(name));

async function withTimes(repository: Repository, ref: ListedRef): Promise<ListedRef> {
  const { folder, settings } = repository;
  const name = { id: ref.commit, kind: 'commit' } as const;
  const files = [join(folder, 'refs/heads', ref.ref)];
  if (settings.objects === undefined) files.push(join(folder, objectPath(name)));
  const times = files.flatMap((file) => statsOf(file)?.mtimeMs ?? []);
  const commit = await repository.readCommit(ref.commit).catch(() => undefined); // `cache fsck` says what is wrong with it
  return {
    ...ref,
    ...(commit !== undefined && { committedAt: commit.timestampSeconds * 1000 }),
    ...(times.length > 0 && { usedAt: Math.max(...times) }),
  };
}
