import { expect, it } from 'vitest';
import { writeStoredSize } from '../health/stored-size.ts';
import { makeArtifact } from '../repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../repository/testing/repository-folder.ts';
import { repositorySizes } from './repository-size.ts';

it('says how many refs and objects there are, and what was counted', async () => {
  const repository = await makeRepository();
  let nowMs = 0;
  const sizes = repositorySizes(repository, () => nowMs);
  expect(await sizes()).toEqual({ refs: 0, objects: 0 });
  const artifact = makeArtifact({ 'files/a': 'a', 'files/b': 'b' });
  await publishArtifact(repository, artifact, 'p/e/one', 'p/e/two');
  await writeStoredSize(repository.folder, 1234);
  expect(await sizes()).toMatchObject({ refs: 2, bytes: 1234, objects: 0 });
  nowMs += 5 * 60_000;
  await expect.poll(sizes).toMatchObject({ objects: artifact.objects.length });
});

it('says what objects may take', async () => {
  const repository = await makeRepository({ quotaBytes: 5_000_000 });
  expect(await repositorySizes(repository, () => 0)()).toEqual({
    refs: 0,
    objects: 0,
    quotaBytes: 5_000_000,
  });
});
