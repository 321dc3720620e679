import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { objectPath } from '../ostree/index.ts';
import { addAll, makeArtifact } from './testing/make-artifact.ts';
import { expectSound, makeRepository, publishArtifact, summaryOf } from './testing/repository-folder.ts';

/** Runs the script on a small disk of its own, which is there for it alone and ends with it. */
function onSmallDisk(program: string): Record<string, unknown> {
  const script = join(import.meta.dirname, 'testing/programs', program);
  const mount = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$1" "$2" "$0"';
  const folder = mkdtempSync(join(tmpdir(), 'slipway-full-disk-'));
  const words = ['-rm', 'sh', '-c', mount, folder, process.execPath, script];
  try {
    return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
  } finally {
    rmdirSync(folder);
  }
}

describe('a repository that is to leave room on its disk', () => {
  it('lets go of nothing for what has its room already, and of what was used least for what has none', () => {
    expect(onSmallDisk('nearly-full-disk.ts')).toEqual({
      whereItFits: ['p/e/first', 'p/e/fits'],
      whereItDoesNot: ['p/e/more'],
    });
  });
});

describe('a repository on a disk without a free byte', () => {
  it('can be pruned all the same, and lists what is left', () => {
    expect(onSmallDisk('prune-full-disk.ts')).toEqual({
      nothing: 0,
      one: 1,
      afterOne: { refs: 59, isListed: true },
      isLessAfterRoom: true,
      isListed: true,
      left: ['cache'],
    });
  });
});

const sound = { refs: ['p/e/first'], left: ['cache'] };
const noSpace = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'NO_SPACE', message: expect.stringMatching(message) });

describe('a repository on a disk that is full', () => {
  let outcome: Record<string, unknown>;
  beforeAll(() => {
    outcome = onSmallDisk('fill-disk.ts');
  });

  it('refuses what does not fit before it is written, and stays as it was', () => {
    expect(outcome['first']).toBe('done');
    expect(outcome['large']).toEqual(
      noSpace(/^There is no room in DISK\/.*: \d+ bytes are needed, \d+ are there$/),
    );
    expect(outcome['afterLarge']).toEqual(sound);
  });

  it('gives no room away twice', () => {
    expect(outcome['beside']).toEqual(noSpace(/^There is no room/));
    expect(outcome['afterBeside']).toEqual(sound);
  });

  it('keeps nothing of a push that did not fit, and lets go of what a cut one left where another needs the room', () => {
    expect(outcome['tooMuch']).toMatchObject({
      code: 'NO_SPACE',
      hint: expect.stringContaining('slipway cache prune'),
    });
    expect(outcome['keptOfTooMuch']).toBe(0);
    expect([outcome['cut'], outcome['keptOfCut']]).toEqual(['done', 4]);
    expect(outcome['afterCut']).toBe('done');
  });

  it('refuses what comes when others have filled it, and passes the check of the original', () => {
    expect([outcome['full'], outcome['tiny']]).toEqual([
      noSpace(/no room|disk is full/),
      noSpace(/no room|disk is full/),
    ]);
    expect(outcome['afterFull']).toEqual(sound);
  });
});

describe('limits of a repository', () => {
  const artifact = makeArtifact({ content: 'some content' });

  it('refuses what would take of the room that stays free', async () => {
    const repository = await makeRepository({ keepFreeBytes: 10 ** 14 });
    await using staging = await repository.openStaging();
    await expect(addAll(staging, artifact.objects)).rejects.toMatchObject({ code: 'NO_SPACE' });
  });

  it('lets go of what was not used for longest, and of nothing that was used a moment ago', async () => {
    const repository = await makeRepository({ quotaBytes: 100_000 });
    const longAgo = Date.now() / 1000 - 5 * 60 * 60;
    for (let i = 0; i < 4; i += 1) {
      const { commit, objects } = makeArtifact({ content: randomBytes(30_000) });
      await publishArtifact(repository, { commit, objects }, `p/e/${i}`);
      const paths = [`refs/heads/p/e/${i}`, ...objects.map(({ name }) => objectPath(name))];
      for (const path of paths) utimesSync(join(repository.folder, path), longAgo + i, longAgo + i);
    }
    const left = (await repository.listRefs()).map(({ ref }) => ref);
    expect(left).not.toContain('p/e/0');
    expect(left).toContain('p/e/3');
    expectSound(repository.folder);
    let bytes = 0;
    for await (const { sizeBytes } of repository.listObjects()) bytes += sizeBytes;
    expect(bytes).toBeLessThanOrEqual(100_000);
    expect(Object.keys(summaryOf(repository.folder))).toEqual(left);
  });

  it('refuses what does not fit beside what was used a moment ago, and moves no ref', async () => {
    const repository = await makeRepository({ quotaBytes: 50_000 });
    await publishArtifact(repository, makeArtifact({ content: randomBytes(30_000) }), 'p/e/first');
    await expect(
      publishArtifact(repository, makeArtifact({ content: randomBytes(30_000) }), 'p/e/second'),
    ).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/e/first']);
  });

  it('refuses what is larger than the quota by itself while it comes', async () => {
    const repository = await makeRepository({ quotaBytes: 100 });
    await using staging = await repository.openStaging();
    await expect(addAll(staging, artifact.objects)).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('more than the quota of 100 bytes'),
    });
  });
});
