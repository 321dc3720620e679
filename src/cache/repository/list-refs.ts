import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareText, isRefName } from '../ostree/index.ts';
import { ABSENT, fileTrouble, unless } from './file-trouble.ts';
import type { Layout } from './layout.ts';
import { readRefFile } from './refs.ts';
import type { Ref } from './repository.ts';

/** How many files are read beside each other. */
const AT_A_TIME = 16;

/** Every ref at or below a name, read file by file, in the order of their bytes. */
export async function readAllRefs(layout: Layout, prefix?: string): Promise<readonly Ref[]> {
  const names = await namesBelow(layout, prefix ?? '');
  if (prefix !== undefined) names.push(prefix);
  const refs = await readEachRef(layout, names);
  return refs.sort((a, b) => compareText(a.ref, b.ref));
}

/** Those of the refs that are there and name a commit. */
export async function readEachRef(layout: Layout, names: readonly string[]): Promise<Ref[]> {
  const refs: Ref[] = [];
  for (let at = 0; at < names.length; at += AT_A_TIME) {
    const batch = names.slice(at, at + AT_A_TIME);
    const commits = await Promise.all(batch.map((ref) => readRefFile(layout, ref)));
    for (const [index, ref] of batch.entries()) {
      const commit = commits[index];
      if (commit !== undefined) refs.push({ ref, commit });
    }
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
