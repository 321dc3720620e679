import { cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pinRefs, prune, repositoryStatus } from '../health/index.ts';
import { openRepository } from './open-repository.ts';
import type { Repository } from './repository.ts';
import { makeArtifact } from './testing/make-artifact.ts';
import {
  expectSound,
  makeRepository,
  ostree,
  publishArtifact,
  summaryOf,
  temporaryFolder,
} from './testing/repository-folder.ts';

const artifact = makeArtifact({ file: 'content' });
const other = makeArtifact({ file: 'other content' });

async function filledRepository(): Promise<Repository> {
  const repository = await makeRepository({ quotaBytes: 10 ** 9 });
  await publishArtifact(repository, artifact, 'p/e/one', 'p/e/two', 'q/one');
  await prune(repository); // counts
  return repository;
}

const own = ({ folder }: Repository, name: string): string => join(folder, '.slipway', name);

/** What it lists is there, and what is there is listed. */
async function expectRight(repository: Repository, refs: readonly string[]): Promise<void> {
  expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(refs);
  expect(Object.keys(summaryOf(repository.folder))).toEqual(refs);
  expectSound(repository.folder);
}

const changed = (text: string, change: (value: Record<string, unknown>) => void): string => {
  const value = JSON.parse(text) as Record<string, unknown>; // Slipway wrote it
  change(value);
  return JSON.stringify(value);
};

describe('a repository of which the index of refs', () => {
  it.each<readonly [string, (text: string) => string]>([
    ['is empty', () => ''],
    ['is cut', (text) => text.slice(0, text.length / 2)],
    ['is no object', () => 'null'],
    ['is a list', () => '[]'],
    ['is of another version', (text) => changed(text, (value) => Object.assign(value, { version: 2 }))],
    ['has no times', (text) => changed(text, (value) => void delete value['times'])],
    [
      'has no lists',
      (text) =>
        changed(text, (value) => {
          delete value['removed'];
          delete value['unlisted'];
        }),
    ],
    [
      'has lists of something else',
      (text) =>
        changed(text, (value) => {
          value['removed'] = [1, null];
          value['unlisted'] = [null, { ref: 5 }];
        }),
    ],
    ['has times that are none', (text) => changed(text, (value) => Object.assign(value, { times: 'now' }))],
  ])('%s lists what is there with the next push', async (_, damage) => {
    const repository = await filledRepository();
    const file = own(repository, 'refs.json');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    await publishArtifact(repository, other, 'p/e/pushed');
    await expectRight(repository, ['p/e/one', 'p/e/pushed', 'p/e/two', 'q/one']);
  });

  it.each(['refs.json', 'summary.listed'])(
    'has no %s lists what is there with the next push',
    async (name) => {
      const repository = await filledRepository();
      rmSync(own(repository, name));
      await publishArtifact(repository, other, 'p/e/pushed');
      await expectRight(repository, ['p/e/one', 'p/e/pushed', 'p/e/two', 'q/one']);
    },
  );
});

describe('what else Slipway has noted', () => {
  it.each(['size', 'pins'])('may be damaged or absent: %s', async (name) => {
    const repository = await filledRepository();
    await pinRefs(repository, ['q/one']);
    const { bytes } = await repositoryStatus(repository);
    for (const text of ['', 'nonsense\n', '\0\0\0', '-5\n', '99999999999999999999\n']) {
      writeFileSync(own(repository, name), text);
      await publishArtifact(repository, other, 'p/e/pushed');
    }
    rmSync(own(repository, name));
    await publishArtifact(repository, other, 'p/e/again');
    expect((await repositoryStatus(repository)).bytes).toBeGreaterThan(bytes);
    await expectRight(repository, ['p/e/again', 'p/e/one', 'p/e/pushed', 'p/e/two', 'q/one']);
  });
});

describe('a copy of a repository', () => {
  it.each([
    ['with the times of its files', true],
    ['with new times', false],
  ])('%s is one of its own', async (_, preserveTimestamps) => {
    const repository = await filledRepository();
    const folder = join(temporaryFolder(), 'copy');
    cpSync(repository.folder, folder, { recursive: true, preserveTimestamps });
    await repository.removeRefs(['p/e/two']);
    await publishArtifact(repository, other, 'p/e/later');
    await using copy = await openRepository(folder);
    await publishArtifact(copy, other, 'p/e/own');
    await expectRight(copy, ['p/e/one', 'p/e/own', 'p/e/two', 'q/one']);
    await expectRight(repository, ['p/e/later', 'p/e/one', 'q/one']);
  });

  it('that gets its refs and objects back from a backup lists those', async () => {
    const repository = await filledRepository();
    const backup = join(temporaryFolder(), 'backup');
    for (const name of ['refs', 'objects'])
      cpSync(join(repository.folder, name), join(backup, name), {
        recursive: true,
        preserveTimestamps: true,
      });
    await publishArtifact(repository, other, 'p/e/one', 'p/e/later');
    await repository.removeRefs(['q/one']);
    for (const name of ['refs', 'objects']) {
      rmSync(join(repository.folder, name), { recursive: true });
      cpSync(join(backup, name), join(repository.folder, name), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    await publishArtifact(repository, artifact, 'p/e/last');
    await expectRight(repository, ['p/e/last', 'p/e/one', 'p/e/two', 'q/one']);
    expect(summaryOf(repository.folder)['p/e/one']).toBe(artifact.commit);
  });

  it('that lost its own folder makes it again', async () => {
    const repository = await filledRepository();
    rmSync(join(repository.folder, '.slipway'), { recursive: true });
    await using opened = await openRepository(repository.folder);
    await publishArtifact(opened, other, 'p/e/pushed');
    await expectRight(opened, ['p/e/one', 'p/e/pushed', 'p/e/two', 'q/one']);
  });
});

describe('a clock that jumps', () => {
  it.each([
    ['back', -1],
    ['ahead', 1],
  ])('%s hides no ref that somebody else sets or removes', async (_, direction) => {
    const repository = await filledRepository();
    const heads = join(repository.folder, 'refs/heads');
    const days = (Date.now() + direction * 5 * 24 * 3_600_000) / 1000;
    for (const folder of ['', 'p', 'p/e', 'q']) utimesSync(join(heads, folder), days, days);
    await publishArtifact(repository, artifact, 'p/e/three');
    mkdirSync(join(heads, 'r'));
    writeFileSync(join(heads, 'r/foreign'), `${artifact.commit}\n`);
    ostree(repository.folder, 'refs', '--delete', 'p/e/one');
    await publishArtifact(repository, artifact, 'p/e/four');
    await expectRight(repository, ['p/e/four', 'p/e/three', 'p/e/two', 'q/one', 'r/foreign']);
  });
});
