// What a repository that is to leave room keeps on a disk of 8 MiB, as JSON: nearly-full-disk.ts FOLDER, where that is mounted
import { randomBytes } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { objectPath } from '../../../ostree/index.ts';
import { createPushRoom } from '../../../receive/push-room.ts';
import { initRepository } from '../../init-repository.ts';
import { openRepository } from '../../open-repository.ts';
import { addAll, makeArtifact } from '../make-artifact.ts';
import { expectSound } from '../repository-folder.ts';

const MIB = 1024 * 1024;
const HOUR_SECONDS = 3600;
const folder = join(process.argv[2] ?? '', 'repository');
await initRepository(folder, { keepFreeBytes: MIB });
await using repository = await openRepository(folder);

/** As a receiver does it. */
async function publish(ref: string, bytes: number): Promise<void> {
  const { commit, objects } = makeArtifact({ content: randomBytes(bytes) });
  const room = createPushRoom(repository);
  await using staging = await repository.openStaging();
  await addAll(staging, objects);
  for (const { name, bytes: stored } of objects) room.note(name, stored.length);
  await room.make(undefined);
  await staging.publish([{ ref, commit }]);
  const longAgo = Date.now() / 1000 - 5 * HOUR_SECONDS;
  for (const path of [`refs/heads/${ref}`, ...objects.map(({ name }) => objectPath(name))])
    utimesSync(join(folder, path), longAgo, longAgo);
}

const refs = async (): Promise<readonly string[]> => (await repository.listRefs()).map(({ ref }) => ref);

await publish('p/e/first', 2 * MIB);
await publish('p/e/fits', 3.5 * MIB);
const whereItFits = await refs();
await publish('p/e/more', 3 * MIB);
const whereItDoesNot = await refs();
expectSound(folder);
process.stdout.write(JSON.stringify({ whereItFits, whereItDoesNot }));
