import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeArtifact } from '../repository/testing/make-artifact.ts';
import { publishArtifact } from '../repository/testing/repository-folder.ts';
import { makeRoom, pinRefs, prune } from './index.ts';
import { noteGrowth } from './stored-size.ts';
import {
  agedRepository,
  HOUR,
  noise,
  numberedArtifact,
  OWN_BYTES,
  passesFsck,
} from './testing/aged-repository.ts';

const QUOTA = 6 * OWN_BYTES;
const refsOf = async ({ repository }: Awaited<ReturnType<typeof agedRepository>>) =>
  (await repository.listRefs()).map(({ ref }) => ref);

describe('where there is room', () => {
  test('nothing goes, and the next caller need not count', async () => {
    const here = await agedRepository(3, { quotaBytes: QUOTA });
    expect(await makeRoom(here.repository, { neededBytes: OWN_BYTES })).toMatchObject({
      refs: [],
      objects: 0,
    });
    expect(Number(readFileSync(join(here.repository.folder, '.slipway/size'), 'utf8'))).toBeGreaterThan(
      3 * OWN_BYTES,
    );
    // A number that is no longer right shows that it is believed.
    writeFileSync(join(here.repository.folder, '.slipway/size'), '0\n');
    expect(await makeRoom(here.repository, { neededBytes: 5 * OWN_BYTES })).toMatchObject({ refs: [] });
  });

  test('a count that is too high lets nothing go', async () => {
    const here = await agedRepository(3, { quotaBytes: QUOTA });
    writeFileSync(join(here.repository.folder, '.slipway/size'), `${10 * QUOTA}\n`);
    expect(await makeRoom(here.repository, { neededBytes: OWN_BYTES })).toMatchObject({ refs: [] });
    expect(await refsOf(here)).toHaveLength(3);
  });

  test('nothing is counted without a quota', async () => {
    const here = await agedRepository(1);
    await makeRoom(here.repository, { neededBytes: OWN_BYTES });
    await noteGrowth(here.repository.folder, 5);
    expect(() => readFileSync(join(here.repository.folder, '.slipway/size'))).toThrow('ENOENT');
  });
});

describe('where there is none', () => {
  test('what was not used for longest goes, down to four fifths of the quota', async () => {
    const here = await agedRepository(6, { quotaBytes: QUOTA });
    const made = await makeRoom(here.repository, { neededBytes: OWN_BYTES });
    expect(made.refs).toEqual(['p/2', 'p/1', 'p/0']);
    expect(made.leftBytes + OWN_BYTES).toBeLessThanOrEqual(0.8 * QUOTA);
    expect(await refsOf(here)).toEqual(['p/3', 'p/4', 'p/5']);
    expect(passesFsck(here.repository)).toBe(true);
  });

  test('what came since the last count is known', async () => {
    const here = await agedRepository(4, { quotaBytes: QUOTA });
    await prune(here.repository);
    await noteGrowth(here.repository.folder, 2 * OWN_BYTES);
    expect(Number(readFileSync(join(here.repository.folder, '.slipway/size'), 'utf8'))).toBeGreaterThan(
      6 * OWN_BYTES,
    );
  });

  test('what the caller counts on stays', async () => {
    const here = await agedRepository(6, { quotaBytes: QUOTA });
    const keepObjects = here.made[0]?.objects.map(({ name }) => name) ?? [];
    const made = await makeRoom(here.repository, { neededBytes: OWN_BYTES, keepObjects });
    expect(made.refs).toEqual(['p/3', 'p/2', 'p/1']);
    expect(await here.repository.missingOf(keepObjects)).toEqual([]);
    expect(passesFsck(here.repository)).toBe(true);
  });

  test('more than the quota can never be stored', async () => {
    const here = await agedRepository(1, { quotaBytes: QUOTA });
    const room = makeRoom(here.repository, { neededBytes: QUOTA + 1 });
    await expect(room).rejects.toMatchObject({ code: 'NO_SPACE', message: expect.stringContaining('never') });
    expect(await refsOf(here)).toHaveLength(1);
  });

  test('it is refused where all is pinned or was used a moment ago, and nothing goes', async () => {
    const here = await agedRepository(6, { quotaBytes: QUOTA });
    await pinRefs(here.repository, ['p/0', 'p/1', 'p/2']);
    const week = 7 * 24 * HOUR;
    const room = makeRoom(here.repository, { neededBytes: OWN_BYTES, graceMs: week });
    await expect(room).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await refsOf(here)).toHaveLength(6);
    await makeRoom(here.repository, { neededBytes: OWN_BYTES });
    expect(await refsOf(here)).toEqual(['p/0', 'p/1', 'p/2']);
    expect(passesFsck(here.repository)).toBe(true);
  });

  test('a disk that cannot have the room that is to stay free is said, and nothing goes', async () => {
    const here = await agedRepository(2, { keepFreeBytes: 10 ** 14 });
    await expect(makeRoom(here.repository, { neededBytes: 1 })).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await refsOf(here)).toHaveLength(2);
  });

  test('many who ask at a time leave a sound repository', async () => {
    const here = await agedRepository(6, { quotaBytes: QUOTA });
    rmSync(join(here.repository.folder, '.slipway/size'), { force: true });
    await Promise.all(Array.from({ length: 4 }, () => makeRoom(here.repository, { neededBytes: OWN_BYTES })));
    expect(await refsOf(here)).toEqual(['p/3', 'p/4', 'p/5']);
    expect(passesFsck(here.repository)).toBe(true);
  });
});

describe('whoever publishes', () => {
  test('lets go of what was not used for longest, and counts what comes', async () => {
    const { repository } = await agedRepository(5, { quotaBytes: QUOTA });
    await makeRoom(repository, { neededBytes: 0 });
    await publishArtifact(repository, numberedArtifact(5), 'p/5');
    await publishArtifact(repository, numberedArtifact(6), 'p/6');
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/2', 'p/3', 'p/4', 'p/5', 'p/6']);
    expect(Number(readFileSync(join(repository.folder, '.slipway/size'), 'utf8'))).toBeLessThanOrEqual(QUOTA);
    expect(passesFsck(repository)).toBe(true);
  });

  test('keeps what it shares with an artifact that has to go', async () => {
    const { repository } = await agedRepository(5, { quotaBytes: QUOTA });
    const again = makeArtifact({ 'files/own': noise(0), 'files/more': noise(100), 'files/and': noise(101) });
    await publishArtifact(repository, again, 'p/again');
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/4', 'p/again']);
    expect(passesFsck(repository)).toBe(true);
  });
});
