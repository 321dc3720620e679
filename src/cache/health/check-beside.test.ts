import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { objectPath } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { publishArtifact, summaryOf } from '../repository/testing/repository-folder.ts';
import { checkRepository, prune } from './index.ts';
import { agedRepository, numberedArtifact, passesFsck } from './testing/aged-repository.ts';

type Moment = 'listObjects' | 'listRefs' | 'withLock';

/** The repository, in which somebody pushes right after it was asked for something for the first time. */
function pushedInto(repository: Repository, moment: Moment, push: () => Promise<void>): Repository {
  let isPushed = false;
  const once = async (): Promise<void> => {
    if (isPushed) return;
    isPushed = true;
    await push();
  };
  return {
    ...repository,
    async *listObjects() {
      yield* repository.listObjects();
      if (moment === 'listObjects') await once();
    },
    async listRefs(options) {
      const refs = await repository.listRefs(options);
      if (moment === 'listRefs') await once();
      return refs;
    },
    async withLock(work, options) {
      if (moment === 'withLock') await once();
      return await repository.withLock(work, options);
    },
  };
}

describe.each<Moment>(['listObjects', 'listRefs', 'withLock'])('a push at the moment of %s', (moment) => {
  test('is no problem, and a repair takes nothing of it away', async () => {
    const { repository } = await agedRepository(2);
    const pushed = numberedArtifact(7);
    const beside = () =>
      pushedInto(repository, moment, () => publishArtifact(repository, pushed, 'p/pushed'));
    const checked = await checkRepository(beside(), { repairs: true });
    expect(checked.problems).toEqual([]);
    expect(await repository.readRef('p/pushed')).toBe(moment === 'withLock' ? undefined : pushed.commit);
    expect(passesFsck(repository)).toBe(true);
  });

  test('that replaces what was broken is not undone by the repair', async () => {
    const { repository, made } = await agedRepository(2);
    const [first] = made;
    if (first === undefined) throw new Error('there are two');
    const file = join(repository.folder, objectPath({ id: first.commit, kind: 'commit' }));
    await repository.withLock(() => repository.removeObjects([{ id: first.commit, kind: 'commit' }]));
    const beside = pushedInto(repository, moment, () => publishArtifact(repository, first, 'p/0'));
    await checkRepository(beside, { repairs: true });
    expect(await repository.readRef('p/0')).toBe(first.commit);
    expect(existsSync(file)).toBe(true);
    expect(passesFsck(repository)).toBe(true);
  });
});

test('a prune lists no ref any more whose file somebody removed, before its objects go', async () => {
  const { repository } = await agedRepository(2);
  // As one leaves it who was killed between refs and summary, or uses a shell.
  rmSync(join(repository.folder, 'refs/heads/p/0'));
  expect((await prune(repository)).objects).toBeGreaterThan(0);
  expect(Object.keys(summaryOf(repository.folder))).toEqual(['p/1']);
});
