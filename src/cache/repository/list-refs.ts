import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { compareText, isRefName } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';
import { AT_ONCE } from './list-folder.ts';
import { readPlainRef, readRefFile } from './refs.ts';
import type { Ref } from './repository.ts';

/** Every ref at or below a name, read file by file, in the order of their bytes. */
export async function readAllRefs(layout: Layout, prefix?: string): Promise<readonly Ref[]> {
  const own = prefix === undefined ? undefined : await readRefFile(layout, prefix);
  if (prefix !== undefined && own !== undefined) return [{ ref: prefix, commit: own }];
  if (prefix !== undefined && !(await isReached(layout, prefix))) return [];
  const refs = await readEachRef(layout, await namesBelow(layout, prefix ?? ''));
  return refs.sort((a, b) => compareText(a.ref, b.ref));
}

/** Whether no link is on the way to a folder of refs. */
async function isReached({ heads }: Layout, folder: string): Promise<boolean> {
  const path = join(heads, folder);
  return (await unless([...ABSENT, 'ELOOP'], realpath(path))) === path;
}

/** Those of refs that are there and name a commit; in folders to which no link leads. */
export async function readEachRef(layout: Layout, names: readonly string[]): Promise<Ref[]> {
  const refs: Ref[] = [];
  for (const [index, ref] of names.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    const commit = readPlainRef(layout, ref) ?? (await readRefFile(layout, ref));
    if (commit !== undefined) refs.push({ ref, commit });
  }
  return refs;
}

async function namesBelow(layout: Layout, folder: string): Promise<string[]> {
  const names: string[] = [];
  const path = join(layout.heads, folder);
  try {
    for (const entry of (await unless(ABSENT, readdir(path, { withFileTypes: true }))) ?? []) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!isRefName(name)) continue;
      if (entry.isDirectory()) names.push(...(await namesBelow(layout, name)));
      else names.push(name);
    }
  } catch (cause) {
    throw fileTrouble('list the refs in', path, cause);
  }
  return names;
}
