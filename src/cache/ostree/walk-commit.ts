import { createBreaks } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import type { ObjectReader } from '../repository/repository.ts';
import { decodeCommit } from './commit.ts';
import { decodeDirTree } from './dirtree.ts';
import { type ObjectName, objectFileName } from './object-name.ts';

export interface WalkLimits {
  /** Directories in one another. @defaultValue 1024: more than any path can have */
  readonly maxDepth?: number;
  /** Objects in all. @defaultValue 10,000,000 */
  readonly maxObjects?: number;
}

const MAX_DEPTH = 1024; // half of what `a/a/…` can have in the 4,096 bytes of a path
const MAX_OBJECTS = 10_000_000; // 100 bytes each of memory: one gigabyte
const AT_A_TIME = 8; // directories read beside each other; what hostile ones cost at most is eight times the largest object

/** Which objects were met, with little memory for each: kinds are few, so one letter tells them apart. */
class Seen {
  readonly #seen = new Set<string>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it is met for the first time. */
  add({ id, kind }: ObjectName): boolean {
    const key = `${kind === 'dirtree' ? 't' : kind[0]}${kind === 'dirmeta' ? 'm' : ''}${id}`;
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= this.#limit)
      throw new CacheError(
        'TOO_LARGE',
        `more than ${this.#limit} objects can be reached; no more are followed`,
      );
    this.#seen.add(key);
    return true;
  }
}

async function read(reader: ObjectReader, name: ObjectName): Promise<Uint8Array> {
  const bytes = await reader.readMetadata(name);
  if (bytes === undefined)
    throw new CacheError('MISSING_OBJECT', `the object ${objectFileName(name)} is needed and is not there`);
  return bytes;
}

/** What a directory names, its files first. */
async function childrenOf(reader: ObjectReader, id: string): Promise<ObjectName[]> {
  const { files, directories } = decodeDirTree(await read(reader, { id, kind: 'dirtree' }));
  const names: ObjectName[] = [];
  for (const { dirtree, dirmeta } of directories)
    names.push({ id: dirtree, kind: 'dirtree' }, { id: dirmeta, kind: 'dirmeta' });
  for (const { file } of files) names.push({ id: file, kind: 'filez' });
  return names;
}

/**
 * Every object that can be reached from commits, each once: the commits, then level by level of their trees. Names of
 * files are those that the trees say; nobody looks for them. Parents of commits are not followed. Throws `MISSING_OBJECT`
 * and `CORRUPT_OBJECT` for commits and trees, `TOO_LARGE` beyond the limits.
 */
export async function* walkCommit(
  reader: ObjectReader,
  commits: Iterable<string>,
  { maxDepth = MAX_DEPTH, maxObjects = MAX_OBJECTS }: WalkLimits = {},
): AsyncGenerator<ObjectName, void> {
  const seen = new Seen(maxObjects);
  const breaks = createBreaks();
  let level: string[] = [];
  const isNew = (name: ObjectName) => {
    const first = seen.add(name);
    if (first && name.kind === 'dirtree') level.push(name.id);
    return first;
  };
  for (const id of commits) {
    const commit: ObjectName = { id, kind: 'commit' };
    if (!isNew(commit)) continue;
    yield commit;
    const { dirtree, dirmeta } = decodeCommit(await read(reader, commit));
    const roots: ObjectName[] = [
      { id: dirtree, kind: 'dirtree' },
      { id: dirmeta, kind: 'dirmeta' },
    ];
    yield* roots.filter(isNew);
  }
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth)
      throw new CacheError('TOO_LARGE', `directories are more than ${maxDepth} deep; no more are followed`);
    const directories = level;
    level = [];
    for (let at = 0; at < directories.length; at += AT_A_TIME) {
      if (breaks.isDue()) await breaks.take(); // what is in memory is read without any waiting
      const batch = directories.slice(at, at + AT_A_TIME);
      for (const children of await Promise.all(batch.map((id) => childrenOf(reader, id))))
        yield* children.filter(isNew);
    }
  }
}
