import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore } from '../../store/index.ts';
import { type ObjectName, objectPath, parseObjectFileName } from '../ostree/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import { openFolderObjects } from './folder-objects.ts';
import { FILE_MODE, makeFolder } from './folders.ts';
import type { ObjectArea } from './object-area.ts';
import { aboutStore } from './store-trouble.ts';

/** What a store has of files, known without asking it: for each a file as large that holds nothing. */
export interface StoredMarks {
  /** Their sizes and times; never their content. */
  readonly area: ObjectArea;
  /** The store has it from now on. */
  add(name: ObjectName, sizeBytes: number): void;
}

interface Stored {
  readonly store: ObjectStore;
  readonly prefix: string;
}

/** Opens the marks; where there are none yet, the store is asked once for all that it has. */
export async function openStoredMarks(folder: string, stored: Stored): Promise<StoredMarks> {
  const add = (name: ObjectName, sizeBytes: number): void => {
    const path = join(folder, objectPath(name));
    mkdirSync(dirname(path), { recursive: true });
    const next = `${path}.${process.pid}.new`; // another process may mark the same one
    const file = openSync(next, 'w', FILE_MODE);
    try {
      ftruncateSync(file, sizeBytes); // a hole: it takes no room
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
  };
  const complete = join(folder, 'complete');
  if (
    (await unless(
      ABSENT,
      access(complete).then(() => true),
    )) === undefined
  ) {
    await makeFolder(folder);
    await makeFolder(join(folder, 'objects'));
    await aboutStore(() => markAll(stored, add));
    await writeFile(complete, '');
  }
  return { area: openFolderObjects(folder), add };
}

async function markAll({ store, prefix }: Stored, add: StoredMarks['add']): Promise<void> {
  const objects = `${prefix}objects/`;
  for (let after: string | undefined; ; ) {
    const page = await store.list({ prefix: objects, ...(after !== undefined && { after }) });
    for (const { key, sizeBytes } of page.objects) {
      const name = parseObjectFileName(key.slice(objects.length).replace('/', ''));
      if (name?.kind === 'filez') add(name, sizeBytes);
    }
    if (page.next === undefined) return;
    after = page.next;
  }
}
