// What a repository does on a disk of 8 MiB, as JSON: fill-disk.ts FOLDER, where that disk is mounted
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from '../../../error.ts';
import { initRepository } from '../../init-repository.ts';
import { openRepository } from '../../open-repository.ts';
import { addAll, makeArtifact, makeFile } from '../make-artifact.ts';
import { expectSound, summaryOf } from '../repository-folder.ts';

const MIB = 1024 * 1024;
const disk = process.argv[2] ?? '';
const folder = join(disk, 'repository');
await initRepository(folder);
await using repository = await openRepository(folder);

async function outcome(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
    return 'done';
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    return { code: error.code, message: error.message.replaceAll(disk, 'DISK'), hint: error.hint };
  }
}

const publish = async (ref: string, bytes: number): Promise<unknown> =>
  await outcome(async () => {
    const { commit, objects } = makeArtifact({ content: randomBytes(bytes) });
    await using staging = await repository.openStaging();
    await addAll(staging, objects);
    await staging.publish([{ ref, commit }]);
  });

/** Takes all that is free, as somebody else's files do. */
function fill(): void {
  for (const pieceBytes of [MIB, 64 * 1024, 4096]) {
    for (let i = 0; fits(join(disk, `fill-${pieceBytes}-${i}`), pieceBytes); i += 1);
  }
}

function fits(path: string, sizeBytes: number): boolean {
  try {
    writeFileSync(path, Buffer.alloc(sizeBytes));
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}

const state = (): unknown => {
  expectSound(folder);
  return { refs: Object.keys(summaryOf(folder)), left: readdirSync(join(folder, 'tmp')) };
};

const first = await publish('p/e/first', 2 * MIB);
const large = await publish('p/e/large', 20 * MIB);
const afterLarge = state();
const beside = await outcome(async () => {
  // Each fits by itself, and not both.
  const files = [makeFile(randomBytes(3 * MIB)), makeFile(randomBytes(3 * MIB))];
  await using staging = await repository.openStaging();
  await addAll(staging, files);
});
const afterBeside = state();
/** A push that can be gone on with: 1 MiB after the other. */
const push = async (mebibytes: number): Promise<unknown> =>
  await outcome(async () => {
    const files = Array.from({ length: mebibytes }, () => makeFile(randomBytes(MIB)));
    await using staging = await repository.openStaging({ resumable: true });
    for (const file of files) await addAll(staging, [file]);
  });
const kept = (): number => readdirSync(join(folder, '.slipway/kept'), { recursive: true }).length - 1;
const tooMuch = await push(10);
const keptOfTooMuch = kept();
const cut = await push(4);
const keptOfCut = kept();
const afterCut = await publish('p/e/first', 3 * MIB);
fill();
const full = await publish('p/e/full', 100_000);
const tiny = await publish('p/e/tiny', 10);
const afterFull = state();

process.stdout.write(
  JSON.stringify({
    first,
    large,
    afterLarge,
    beside,
    afterBeside,
    tooMuch,
    keptOfTooMuch,
    cut,
    keptOfCut,
    afterCut,
    full,
    tiny,
    afterFull,
  }),
);
