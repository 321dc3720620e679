import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { addAll, makeArtifact } from './testing/make-artifact.ts';
import { makeRepository } from './testing/repository-folder.ts';

/** Runs the script on a small disk of its own, which is there for it alone and ends with it. */
function fillDisk(): Record<string, unknown> {
  const script = join(import.meta.dirname, 'testing/programs/fill-disk.ts');
  const mount = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$1" "$2" "$0"';
  const folder = mkdtempSync(join(tmpdir(), 'slipway-full-disk-'));
  const words = ['-rm', 'sh', '-c', mount, folder, process.execPath, script];
  try {
    return JSON.parse(execFileSync('unshare', words, { encoding: 'utf8' }));
  } finally {
    rmdirSync(folder);
  }
}

const sound = { refs: ['p/e/first'], left: ['cache'] };
const noSpace = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'NO_SPACE', message: expect.stringMatching(message) });

describe('a repository on a disk that is full', () => {
  let outcome: Record<string, unknown>;
  beforeAll(() => {
    outcome = fillDisk();
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

  it('refuses what is larger than the quota by itself while it comes', async () => {
    const repository = await makeRepository({ quotaBytes: 100 });
    await using staging = await repository.openStaging();
    await expect(addAll(staging, artifact.objects)).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('more than the quota of 100 bytes'),
    });
  });
});
