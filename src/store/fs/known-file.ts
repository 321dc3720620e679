import type { BigIntStats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { FACTS, type Facts, identityOf, readFactsFile } from './facts.ts';
import { unless } from './fs-error.ts';

const NO_FACTS = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO'];

/**
 * What a store knows of a plain file that is one of its objects, for those who serve files and not stores: the store is looked
 * for from the file's folder upwards, to `top` at most. Both paths are absolute and without links. `undefined` where there is
 * no store, where it knows nothing of this content, or may not be read.
 */
export async function knownOfFile(path: string, stats: BigIntStats, top: string): Promise<Facts | undefined> {
  const identity = identityOf(stats);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const facts = await unless(NO_FACTS, readFactsFile(join(folder, FACTS, identity)));
    if (facts?.key === relative(folder, path)) return facts;
    if (folder === top || folder === dirname(folder)) return undefined;
  }
}
