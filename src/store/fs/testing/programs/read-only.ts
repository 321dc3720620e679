// What a store does in a folder that may only be read, as JSON: read-only.ts FOLDER
import { join } from 'node:path';
import { lend, readKey } from '../../../contract/content.ts';
import { StoreError } from '../../../error.ts';
import { openFolderStore } from '../../open-folder-store.ts';

const folder = process.argv[2] ?? '';
await using store = await openFolderStore({ type: 'folder', folder });

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => (error instanceof StoreError ? error.code : String(error)));

process.stdout.write(
  JSON.stringify({
    listed: (await store.list()).objects.map(({ key }) => key),
    read: String(await readKey(store, 'a/object')),
    absent: (await store.head('a/other')) ?? 'absent',
    put: await codeOf(store.put('a/other', lend(Buffer.from('content')))),
    removed: await codeOf(store.remove('a/object')),
    expired: await codeOf(store.removeExpired({ now: 0 })),
    opened: await openFolderStore({ type: 'folder', folder: join(folder, 'not/there') }).catch(String),
  }),
);
