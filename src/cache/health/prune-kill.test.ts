import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeArtifact } from '../repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../repository/testing/repository-folder.ts';
import { checkRepository, prune } from './index.ts';
import { passesFsck } from './testing/aged-repository.ts';

const PROGRAM = join(import.meta.dirname, 'testing/programs/prune-until-killed.ts');

/** Runs a prune that kills itself at a stage. */
async function pruneUntilKilled(folder: string, stage: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, folder, stage], { stdio: ['ignore', 'ignore', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
}

/** Artifacts of many small files each, so that removing them takes a while. */
async function fill(count: number) {
  const repository = await makeRepository();
  for (let index = 0; index < count; index++) {
    const files = Array.from(
      { length: 60 },
      (_, file) => [`files/${file % 10}/${file}`, `${index} ${file}`] as const,
    );
    await publishArtifact(repository, makeArtifact(Object.fromEntries(files)), `p/${index}`);
  }
  return repository;
}

test('a prune that is killed at any stage leaves a sound repository, and the next one finds the rest', async () => {
  const repository = await fill(4);
  const { folder } = repository;
  for (const stage of ['refs', '1', '3', '20', '60', '130']) {
    await publishArtifact(repository, makeArtifact({ stage }), `stage/${stage}`);
    await pruneUntilKilled(folder, stage);
    expect(passesFsck(repository), stage).toBe(true);
    expect((await checkRepository(repository)).problems, stage).toEqual([]);
  }
  await prune(repository, { quotaBytes: 0, graceMs: 0 });
  expect(await checkRepository(repository)).toMatchObject({ refs: 0, objects: 0, problems: [] });
});

test('artifacts that are published while others are pruned stay whole', async () => {
  const repository = await fill(4);
  const publishing = (async () => {
    for (let index = 0; index < 6; index++)
      await publishArtifact(repository, makeArtifact({ shared: '0 0', own: `new ${index}` }), `new/${index}`);
  })();
  await Promise.all([publishing, ...Array.from({ length: 3 }, () => prune(repository, { quotaBytes: 1 }))]);
  const { problems } = await checkRepository(repository);
  expect(problems).toEqual([]);
  expect((await repository.listRefs({ prefix: 'new' })).length).toBe(6);
  expect(passesFsck(repository)).toBe(true);
});
