import { createBreaks } from '../../kernel/index.ts';
import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/index.ts';
import type { ObjectReader } from '../repository/repository.ts';
import { type Children, childrenOf } from './children.ts';
import { findObject, type Inventory, type KnownObject } from './inventory.ts';

/** What became needed by following one root. */
export interface Marked {
  /** Those that nothing needed before. */
  readonly objects: readonly KnownObject[];
  /** The first thing that is missing or damaged below the root; the rest is marked all the same. */
  readonly problem?: string;
}

const AT_A_TIME = 8;

/** Marks everything that a root needs and that is there. What is marked already is not followed again. */
export async function mark(inventory: Inventory, reader: ObjectReader, root: ObjectName): Promise<Marked> {
  const objects: KnownObject[] = [];
  let problem: string | undefined;
  const breaks = createBreaks();
  let level: readonly ObjectName[] = [root];
  const take = (name: ObjectName, isRequired: boolean): boolean => {
    const object = findObject(inventory, name);
    if (object === undefined && isRequired) problem ??= `${objectFileName(name)} is missing`;
    if (object === undefined || object.isNeeded) return false;
    object.isNeeded = true;
    objects.push(object);
    return name.kind === 'commit' || name.kind === 'dirtree';
  };
  level = level.filter((name) => take(name, true));
  while (level.length > 0) {
    const next: ObjectName[] = [];
    for (let at = 0; at < level.length; at += AT_A_TIME) {
      if (breaks.isDue()) await breaks.take();
      const batch = level.slice(at, at + AT_A_TIME);
      for (const found of await Promise.all(batch.map((name) => readChildren(reader, name)))) {
        if (typeof found === 'string') problem ??= found;
        else {
          next.push(...found.needed.filter((name) => take(name, true)));
          next.push(...found.kept.filter((name) => take(name, false)));
        }
      }
    }
    level = next;
  }
  return { objects, ...(problem !== undefined && { problem }) };
}

/** Takes a mark back: what it marked first is not needed. */
export function unmark({ objects }: Marked): void {
  for (const object of objects) object.isNeeded = false;
}

/** What an object names, or why nobody can tell. */
async function readChildren(reader: ObjectReader, name: ObjectName): Promise<Children | string> {
  try {
    const bytes = await reader.readMetadata(name);
    return bytes === undefined ? `${objectFileName(name)} is missing` : childrenOf(name, bytes);
  } catch (error) {
    if (error instanceof CacheError && (error.code === 'CORRUPT_OBJECT' || error.code === 'TOO_LARGE'))
      return `${objectFileName(name)} is damaged`;
    throw error;
  }
}
