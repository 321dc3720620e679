import type { FileHandle } from 'node:fs/promises';
import type { StoredObject } from '../store.ts';
import { identityOf, objectOf, readFacts } from './facts.ts';
import type { Folder } from './folder.ts';
import { openPlainFile } from './reach.ts';

/** An object whose file is open. */
export interface OpenedObject {
  readonly object: StoredObject;
  readonly file: FileHandle;
}

/** Opens an object that has not expired; whoever gets it closes the file. */
export async function openObject(folder: Folder, key: string): Promise<OpenedObject | undefined> {
  const file = await openPlainFile(folder.root, key);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat({ bigint: true });
    const object = objectOf(key, stats, await readFacts(folder, identityOf(stats), key));
    if ((object.expiresAt ?? Number.POSITIVE_INFINITY) > folder.now()) return { object, file };
  } catch (cause) {
    await file.close();
    throw cause;
  }
  await file.close();
  return undefined;
}

/** What an object that has not expired is. */
export async function lookUp(folder: Folder, key: string): Promise<StoredObject | undefined> {
  const opened = await openObject(folder, key);
  await opened?.file.close();
  return opened?.object;
}
