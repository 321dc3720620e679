// What a store does on a disk of 8 MiB, as JSON: fill-disk.ts FOLDER, where that disk is mounted
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, lend, readKey, sha256Of } from '../../../contract/content.ts';
import { StoreError } from '../../../error.ts';
import type { PutOptions } from '../../../store.ts';
import { openFolderStore } from '../../open-folder-store.ts';

const MIB = 1024 * 1024;
const folder = join(process.argv[2] ?? '', 'store');
await using store = await openFolderStore({ type: 'folder', folder });

/** How a put ends, and how many bytes of its content were taken. */
async function put(key: string, sizeBytes: number, options?: PutOptions): Promise<unknown> {
  let taken = 0;
  const content = (async function* () {
    for await (const chunk of lend(bytesOf(sizeBytes))) {
      taken += chunk.length;
      yield chunk;
    }
  })();
  try {
    await store.put(key, content, options);
    return 'stored';
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { code: error.code, message: error.message.replaceAll(folder, 'FOLDER'), hadTaken: taken > 0 };
  }
}

const state = async (): Promise<unknown> => ({
  object: sha256Of((await readKey(store, 'object')) ?? Buffer.alloc(0)),
  names: readdirSync(folder),
  temporary: readdirSync(join(folder, '.slipway/tmp')),
  facts: readdirSync(join(folder, '.slipway/meta')).length,
});

await put('object', 3 * MIB);
const before = await state();
const unknown = await put('object', 20 * MIB);
const afterUnknown = await state();
const told = await put('a/other', 20 * MIB, { sizeBytes: 20 * MIB });
const afterTold = await state();

// Two that fit one by one, and not together.
const begun = Promise.withResolvers<void>();
const gate = Promise.withResolvers<void>();
const slow = store.put(
  'slow',
  (async function* () {
    begun.resolve();
    yield* lend(bytesOf(MIB));
    await gate.promise;
    yield* lend(bytesOf(2 * MIB));
  })(),
  { sizeBytes: 3 * MIB },
);
await begun.promise; // its room is its own by now
const beside = await put('beside', 3 * MIB, { sizeBytes: 3 * MIB });
gate.resolve();
await slow;
await store.remove('slow');
const after = await put('beside', 3 * MIB, { sizeBytes: 3 * MIB });

process.stdout.write(JSON.stringify({ before, unknown, afterUnknown, told, afterTold, beside, after }));
