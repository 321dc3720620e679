// Stores objects without end, several at a time: put-until-killed.ts FOLDER SEED. Says `started` once, then the key of each
// that was acknowledged. A key ends in the digest of its content, or, where one key is written again and again, in `same`.
import { writeSync } from 'node:fs';
import { bytesOf, lend, sha256Of } from '../../../contract/content.ts';
import { openFolderStore } from '../../open-folder-store.ts';

const [folder = '', seed = '1'] = process.argv.slice(2);
const store = await openFolderStore({ type: 'folder', folder });

async function putWithoutEnd(writer: number): Promise<never> {
  for (let i = 0; ; i += 1) {
    const bytes = bytesOf(
      1 + ((writer * 7919 + i * 104_729) % 300_000),
      Number(seed) * 1000 + writer * 100 + i,
    );
    const key = writer === 0 ? 'shared/same' : `deep/${i % 5}/${seed}-${writer}-${i}-${sha256Of(bytes)}`;
    const ifAbsent = writer === 1;
    await store.put(key, lend(bytes, 20_000), { mediaType: sha256Of(bytes), ifAbsent });
    writeSync(1, `${key}\n`);
  }
}

writeSync(1, 'started\n');
await Promise.all([0, 1, 2, 3].map(putWithoutEnd));
