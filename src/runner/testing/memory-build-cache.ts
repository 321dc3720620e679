import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildCache, CachedBuild, TreePart } from '../cached/build-cache.ts';

/** A build cache for tests, in memory. */
export interface MemoryBuildCache extends BuildCache {
  /** Its trees, by ref: contents by path, a link's as its target. */
  readonly trees: Map<string, Map<string, Buffer>>;
  /** Refs that were looked for. */
  readonly sought: string[];
  /** Refs that were noted as used. */
  readonly touched: string[];
  /** What the next save fails with. */
  failure?: Error;
}

async function filesOf(folder: string, path: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry): Promise<[string, Buffer][]> => {
    const here = join(folder, entry.name);
    const name = `${path}/${entry.name}`;
    if (entry.isDirectory()) return await filesOf(here, name);
    return [[name, entry.isSymbolicLink() ? Buffer.from(await readlink(here)) : await readFile(here)]];
  });
  return (await Promise.all(found)).flat();
}

async function partFiles(part: TreePart): Promise<[string, Buffer][]> {
  if ('folder' in part) return await filesOf(part.folder, part.path);
  return [[part.path, 'file' in part ? await readFile(part.file) : Buffer.from(part.content)]];
}

export function createMemoryBuildCache(): MemoryBuildCache {
  const trees: MemoryBuildCache['trees'] = new Map();
  const sought: string[] = [];
  const touched: string[] = [];
  const buildOf = (ref: string, tree: ReadonlyMap<string, Buffer>): CachedBuild => ({
    commit: createHash('sha256').update(ref).digest('hex'),
    from: 'the cache of the test',
    read: (path) => Promise.resolve(tree.get(path)),
    open: (path) => {
      const content = tree.get(path);
      return Promise.resolve(content && chunksOf(content));
    },
    touch: () => {
      touched.push(ref);
      return Promise.resolve();
    },
  });
  const cache: MemoryBuildCache = {
    trees,
    sought,
    touched,
    version: '0.0.0-test',
    lines: (event) => (event.type === 'step-started' ? [`Running step: ${event.displayName}`] : []),
    find(ref) {
      sought.push(ref);
      const tree = trees.get(ref);
      return Promise.resolve(tree && buildOf(ref, tree));
    },
    newest(prefix) {
      const last = [...trees].findLast(([ref]) => ref.startsWith(`${prefix}/`));
      return Promise.resolve(last && buildOf(...last));
    },
    async save({ ref, parts }) {
      if (cache.failure !== undefined) throw cache.failure;
      trees.delete(ref);
      trees.set(ref, new Map((await Promise.all(parts.map(partFiles))).flat()));
      return { commit: createHash('sha256').update(ref).digest('hex'), newBytes: 1, pushedTo: [] };
    },
  };
  return cache;
}

async function* chunksOf(content: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < content.length; at += 65_536)
    yield await Promise.resolve(content.subarray(at, at + 65_536));
}
