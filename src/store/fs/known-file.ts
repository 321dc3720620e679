import type { BigIntStats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { FACTS, type Facts, identityOf, parseFacts } from './facts.ts';
import { unless } from './fs-error.ts';

/**
 * What a store knows of a plain file that is one of its objects, for those who serve files and not stores: the store is looked
 * for from the file's folder upwards, to `top` at most. Both paths are absolute and without links. `undefined` where there is
 * no store, where it knows nothing of this content, or may not be read.
 */
export async function knownOfFile(path: string, stats: BigIntStats, top: string): Promise<Facts | undefined> {
  const identity = identityOf(stats);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const reading = readFile(join(folder, FACTS, identity), 'utf8');
    const text = await unless(['ENOENT', 'ENOTDIR', 'EACCES'], reading);
    const facts = text === undefined ? undefined : parseFacts(text);
    if (facts?.key === relative(folder, path)) return facts;
    if (folder === top || folder === dirname(folder)) return undefined;
  }
}
