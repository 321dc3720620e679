import { chownSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { prune } from '../health/index.ts';
import { initRepository } from './init-repository.ts';
import { openRepository } from './open-repository.ts';
import type { Repository } from './repository.ts';
import { addAll, type MadeArtifact, makeArtifact } from './testing/make-artifact.ts';
import { expectSound, summaryOf, temporaryFolder } from './testing/repository-folder.ts';

const OWNER = 65_531; // nobody's account
const UMASK = process.umask();

/** Does something with the rights of another user. */
async function as<T>(user: number, action: () => Promise<T>): Promise<T> {
  process.setegid?.(user);
  process.seteuid?.(user);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

/** A repository of a user who is not root, who has pushed `p/e/first`. */
async function foreignRepository(): Promise<string> {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home, { mode: 0o755 });
  for (const folder of [home, dirname(home)]) chownSync(folder, OWNER, OWNER);
  const folder = join(home, 'artifacts');
  await as(OWNER, async () => {
    await initRepository(folder);
    await push(folder, 'p/e/first');
  });
  return folder;
}

const artifactOf = (ref: string): MadeArtifact => makeArtifact({ [ref]: ref });

async function withRepository<T>(folder: string, action: (open: Repository) => Promise<T>): Promise<T> {
  await using repository = await openRepository(folder);
  return await action(repository);
}

const push = (folder: string, ...refs: string[]): Promise<void> =>
  withRepository(folder, async (repository) => {
    for (const ref of refs) {
      const { commit, objects } = artifactOf(ref);
      await using staging = await repository.openStaging({ resumable: true });
      await addAll(staging, objects);
      await staging.publish([{ ref, commit }]);
    }
  });

describe.skipIf(process.getuid?.() !== 0)('a repository of a user, in which root does something', () => {
  afterEach(() => void process.umask(UMASK));

  it.each([
    ['prunes', (folder: string) => withRepository(folder, (open) => prune(open).then(() => undefined))],
    ['removes refs', (folder: string) => withRepository(folder, (open) => open.removeRefs(['p/e/first']))],
    ['pushes', (folder: string) => push(folder, 'p/e/of-root', 'q/new', 'p/e/once/more')],
    ['rewrites the summary', (folder: string) => withRepository(folder, (open) => open.refreshSummary())],
    [
      'has a push cut',
      (folder: string) =>
        withRepository(folder, async (open) => {
          await using staging = await open.openStaging({ resumable: true });
          await addAll(staging, artifactOf('p/e/second').objects);
        }),
    ],
    ['changes settings', (folder: string) => initRepository(folder, { quotaBytes: 10 ** 9 })],
  ])('still takes what its user pushes when root %s, whatever the umask', async (_, action) => {
    const folder = await foreignRepository();
    process.umask(0o077);
    await action(folder);
    process.umask(UMASK);
    const pushed = ['p/e/second', 'p/e/third', 'q/e'];
    await as(OWNER, () => push(folder, ...pushed));
    expect(Object.keys(summaryOf(folder))).toEqual(expect.arrayContaining(pushed));
    await as(OWNER, () => withRepository(folder, (open) => prune(open)));
    expectSound(folder);
  });

  it('takes a push though root was killed in one', async () => {
    const folder = await foreignRepository();
    const left = join(
      folder,
      'tmp',
      `bst-push-0011aa,${Buffer.from('elsewhere').toString('base64url')},1.2.3.4`,
    );
    const gone = join(folder, 'tmp/bst-push-2233bb');
    for (const path of [left, gone]) mkdirSync(join(path, 'something'), { recursive: true, mode: 0o700 });
    for (const path of [left, gone]) utimesSync(path, 1000, 1000);
    await as(OWNER, () => push(folder, 'p/e/second'));
    expect(Object.keys(summaryOf(folder))).toEqual(['p/e/first', 'p/e/second']);
    await push(folder, 'p/e/third');
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['cache']);
  });
});
