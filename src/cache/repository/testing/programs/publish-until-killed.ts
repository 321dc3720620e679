// Publishes without end: publish-until-killed.ts FOLDER SEED [STAGE]. Says `begin` before each publication, and the refs of
// each that was acknowledged. With a stage it kills itself there: `content`, `before`, `locked`.
import { writeSync } from 'node:fs';
import { openRepository } from '../../open-repository.ts';
import { addAll, lend, makeArtifact } from '../make-artifact.ts';

const [folder = '', seed = '1', stage] = process.argv.slice(2);
await using repository = await openRepository(folder);

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // until the signal is there
};

for (let i = 0; ; i += 1) {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`files/${n % 3}/${n}`, `${seed} ${i} ${n} `.repeat(n * 500)]),
  );
  const { commit, objects } = makeArtifact(files);
  await using staging = await repository.openStaging({ resumable: i % 2 === 1 });
  if (stage === 'content') {
    const [first] = objects;
    if (first === undefined) throw new Error('there is always one');
    await staging.add(first.name, cut(first.bytes), { sizeBytes: first.bytes.length });
  }
  await addAll(staging, objects);
  writeSync(1, 'begin\n');
  let asked = 0;
  const refs = [`crash/${seed}-${i}`, 'crash/same'].map((ref) => ({ ref, commit }));
  await staging.publish(refs, {
    mayWrite() {
      asked += 1;
      // Each ref is asked for before anything is placed, and again under the lock.
      if (stage === 'before' && asked === 1) die();
      return (stage === 'locked' && asked === refs.length + 1 && die()) || true;
    },
  });
  for (const { ref } of refs) writeSync(1, `${ref} ${commit}\n`);
}

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* lend(bytes.subarray(0, bytes.length / 2));
  die();
}
