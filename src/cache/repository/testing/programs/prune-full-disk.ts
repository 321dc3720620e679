// What a prune does on a disk of 8 MiB without a free byte, as JSON: prune-full-disk.ts FOLDER, where that disk is mounted
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, rmSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoom, prune } from '../../../health/index.ts';
import { objectPath } from '../../../ostree/index.ts';
import { initRepository } from '../../init-repository.ts';
import { openRepository } from '../../open-repository.ts';
import { addAll, makeArtifact } from '../make-artifact.ts';
import { expectSound, summaryOf } from '../repository-folder.ts';

const disk = process.argv[2] ?? '';
const folder = join(disk, 'repository');
const longAgo = Date.now() / 1000 - 5 * 3600;
await initRepository(folder, { quotaBytes: 10 ** 9 });
await using repository = await openRepository(folder);

// Long names: the list of them takes more room than the refs that go leave.
for (let i = 0; i < 60; i += 1) {
  const { commit, objects } = makeArtifact({ content: randomBytes(20_000) });
  const ref = `p/${'e'.repeat(200)}/${i}`;
  await using staging = await repository.openStaging();
  await addAll(staging, objects);
  await staging.publish([{ ref, commit }]);
  for (const path of [`refs/heads/${ref}`, ...objects.map(({ name }) => objectPath(name))])
    utimesSync(join(folder, path), longAgo + i, longAgo + i);
}

const FILL = join(disk, 'fill');
function fill(): void {
  rmSync(FILL, { force: true });
  const file = openSync(FILL, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    // full
  } finally {
    closeSync(file);
  }
}

async function state(): Promise<unknown> {
  expectSound(folder);
  const refs = (await repository.listRefs()).map(({ ref }) => ref);
  return { refs: refs.length, isListed: Object.keys(summaryOf(folder)).join() === refs.join() };
}

fill();
const nothing = await prune(repository);
fill();
const one = await prune(repository, { quotaBytes: 60 * 20_300 - 10_000 });
const afterOne = await state();
fill();
await makeRoom(repository, { neededBytes: 100_000 });
const { refs, isListed } = (await state()) as { refs: number; isListed: boolean }; // made above
process.stdout.write(
  JSON.stringify({
    nothing: nothing.refs.length,
    one: one.refs.length,
    afterOne,
    isLessAfterRoom: refs < 60 - one.refs.length,
    isListed,
    left: readdirSync(join(folder, 'tmp')),
  }),
);
