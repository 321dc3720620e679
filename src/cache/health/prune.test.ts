import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeDirMeta, encodeDirTree, objectId, objectPath } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { addAll, makeFile } from '../repository/testing/make-artifact.ts';
import { ostree, publishArtifact } from '../repository/testing/repository-folder.ts';
import { carryOut } from './carry-out.ts';
import { pinRefs, prune, repositoryStatus, unpinRefs } from './index.ts';
import { takeInventory } from './inventory.ts';
import { mark } from './mark.ts';
import { readPins } from './pins.ts';
import { planRemoval } from './plan-removal.ts';
import { age, agedRepository, HOUR, OWN_BYTES, passesFsck } from './testing/aged-repository.ts';

const refsOf = async (repository: Repository) => (await repository.listRefs()).map(({ ref }) => ref);

describe('prune', () => {
  test('removes what no ref needs, and nothing else', async () => {
    const { repository, made } = await agedRepository(3);
    await repository.removeRefs(['p/1']);
    const pruned = await prune(repository);
    expect(pruned).toMatchObject({ refs: [], leftRefs: 2, incomplete: [] });
    expect(pruned.objects).toBeGreaterThanOrEqual(3);
    expect(await repository.missingOf(made[0]?.objects.map(({ name }) => name) ?? [])).toEqual([]);
    expect(await repository.sizeOf({ id: made[1]?.commit ?? '', kind: 'commit' })).toBeUndefined();
    expect(passesFsck(repository)).toBe(true);
    expect(await prune(repository)).toMatchObject({ objects: 0, bytes: 0 });
  });

  test('only says what would go on a dry run', async () => {
    const { repository } = await agedRepository(2);
    await repository.removeRefs(['p/0']);
    const would = await prune(repository, { isDryRun: true });
    expect(would.objects).toBeGreaterThan(0);
    expect(await prune(repository)).toEqual(would);
  });

  test('leaves alone what is younger than the grace period, and what that names', async () => {
    const { repository, made } = await agedRepository(1);
    const [old] = made;
    if (old === undefined) throw new Error('there is one');
    await repository.removeRefs(['p/0']);
    const now = Date.now() / 1000;
    // As a push has it: the commit is new, and counts on files that are old.
    utimesSync(join(repository.folder, objectPath({ id: old.commit, kind: 'commit' })), now, now);
    expect(await prune(repository)).toMatchObject({ objects: 0 });
    expect(await repository.missingOf(old.objects.map(({ name }) => name))).toEqual([]);
    expect((await prune(repository, { graceMs: 1, now: Date.now() + 1000 })).objects).toBe(
      old.objects.length,
    );
    expect(passesFsck(repository)).toBe(true);
  });

  test('keeps what ostree keeps of other repositories', async () => {
    const { repository, made } = await agedRepository(1);
    ostree(repository.folder, 'refs', '--create=origin:p/0', made[0]?.commit ?? '');
    await repository.removeRefs(['p/0']);
    expect(await prune(repository)).toMatchObject({ objects: 0 });
    expect(passesFsck(repository)).toBe(true);
  });

  test('names refs that are not complete', async () => {
    const { repository, made } = await agedRepository(1);
    const file = made[0]?.objects.find(({ name }) => name.kind === 'filez')?.name;
    if (file === undefined) throw new Error('there is one');
    await repository.removeObjects([file]);
    const { incomplete } = await prune(repository);
    expect(incomplete).toEqual([
      { ref: 'p/0', commit: made[0]?.commit, problem: `${file.id}.filez is missing` },
    ]);
  });
});

describe('beyond the quota', () => {
  test('the refs that were not used for longest go, down to it', async () => {
    const { repository } = await agedRepository(5);
    const quotaBytes = 3.5 * OWN_BYTES;
    const pruned = await prune(repository, { quotaBytes });
    expect(pruned.refs).toEqual(['p/1', 'p/0']);
    expect(pruned.leftBytes).toBeLessThanOrEqual(quotaBytes);
    expect(await refsOf(repository)).toEqual(['p/2', 'p/3', 'p/4']);
    expect(passesFsck(repository)).toBe(true);
    expect(ostree(repository.folder, 'summary', '-v')).not.toContain('p/1');
  });

  test('an artifact that was used a moment ago counts as new', async () => {
    const { repository, made } = await agedRepository(3);
    await repository.touch(made[0]?.commit ?? '');
    expect((await prune(repository, { quotaBytes: 2.5 * OWN_BYTES })).refs).toEqual(['p/1']);
    expect(passesFsck(repository)).toBe(true);
  });

  test('what is pinned stays, however old', async () => {
    const { repository } = await agedRepository(3);
    expect(await pinRefs(repository, ['p/0', 'p/0'])).toEqual(['p/0']);
    expect(await pinRefs(repository, ['p/0'])).toEqual([]);
    expect(await readPins(repository)).toEqual(['p/0']);
    expect((await prune(repository, { quotaBytes: 1 })).refs).toEqual(['p/2', 'p/1']);
    expect(await refsOf(repository)).toEqual(['p/0']);
    expect(passesFsck(repository)).toBe(true);
    expect(await unpinRefs(repository, ['p/0', 'p/absent'])).toEqual(['p/0']);
    expect((await prune(repository, { quotaBytes: 1 })).refs).toEqual(['p/0']);
    expect(passesFsck(repository)).toBe(true);
  });

  test('two names of one artifact go together or not at all', async () => {
    const { repository, made } = await agedRepository(2);
    const [, second] = made;
    if (second === undefined) throw new Error('there are two');
    await publishArtifact(repository, second, 'weak/1');
    age(repository, second, 'weak/1', 100 * 24 * HOUR);
    expect((await prune(repository, { quotaBytes: 1.5 * OWN_BYTES })).refs).toEqual(['p/0']);
    expect(await refsOf(repository)).toEqual(['p/1', 'weak/1']);
  });

  test('a ref that is not there cannot be pinned', async () => {
    const { repository } = await agedRepository(1);
    await expect(pinRefs(repository, ['p/0', 'p/absent'])).rejects.toMatchObject({ code: 'NO_REF' });
    expect(await readPins(repository)).toEqual([]);
  });
});

describe('what a cut push left', () => {
  const objects = [makeFile(Buffer.from('something')), makeFile(Buffer.from('something else'))];
  const cut = async (repository: Repository): Promise<void> => {
    await using staging = await repository.openStaging({ resumable: true });
    await addAll(staging, objects);
  };
  const bytes = objects.reduce((sum, object) => sum + object.bytes.length, 0);
  const gone = { objects: objects.length, bytes };

  test('goes when the grace period is over, and is counted', async () => {
    const { repository } = await agedRepository(1);
    await cut(repository);
    expect(await prune(repository)).toMatchObject({ objects: 0 });
    expect(await repositoryStatus(repository)).toMatchObject({ keptObjects: 2, keptBytes: bytes });
    const later = Date.now() + 2 * HOUR;
    expect(await prune(repository, { isDryRun: true, now: later })).toMatchObject(gone);
    expect(await prune(repository, { now: later })).toMatchObject(gone);
    expect(await prune(repository, { now: later })).toMatchObject({ objects: 0 });
  });

  test('stays while another push may count on it', async () => {
    const { repository } = await agedRepository(1);
    await cut(repository);
    await using staging = await repository.openStaging({ resumable: true });
    expect(await prune(repository, { graceMs: 0 })).toMatchObject({ objects: 0 });
    for (const { name } of objects) expect(await staging.has(name)).toBe(true);
  });
});

describe('following what a tree needs', () => {
  test('has breaks for everything else', async () => {
    const { repository } = await agedRepository(1);
    await using staging = await repository.openStaging();
    const folder = encodeDirMeta({ uid: 0, gid: 0, mode: 0o40755, xattrs: [] });
    const { id: dirmeta } = await staging.addMetadata('dirmeta', folder);
    const directories = [];
    for (let i = 0; i < 1000; i += 1) {
      const name = `d${String(i).padStart(4, '0')}`;
      const files = [{ name, file: objectId(Buffer.from(name)) }];
      const tree = await staging.addMetadata('dirtree', encodeDirTree({ files, directories: [] }));
      directories.push({ name, dirtree: tree.id, dirmeta });
    }
    const root = await staging.addMetadata('dirtree', encodeDirTree({ files: [], directories }));
    await staging.publish([]);
    const inventory = await takeInventory(repository);
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    }, 1);
    const { objects } = await mark(inventory, repository, root);
    clearInterval(count);
    expect([objects.length, turns > 1]).toEqual([1002, true]);
  });
});

describe('what comes between the plan and the removal', () => {
  test('stays, with all that it needs, however old it looks', async () => {
    const { repository, made } = await agedRepository(2);
    const [, second] = made;
    if (second === undefined) throw new Error('there are two');
    const file = second.objects.find(({ bytes }) => bytes.length > OWN_BYTES)?.name;
    const above = second.objects.find(
      ({ name, bytes }) => name.kind === 'dirtree' && bytes.includes('own'),
    )?.name;
    if (file === undefined || above === undefined) throw new Error('both are there');
    await repository.removeRefs(['p/1']);
    await repository.removeObjects([file]);
    const now = Date.now() / 1000;
    utimesSync(join(repository.folder, objectPath(above)), now, now);
    const limits = { usedBefore: Date.now() - HOUR };
    const plan = await planRemoval(repository, limits);

    await publishArtifact(repository, second, 'p/again');
    age(
      repository,
      { ...second, objects: second.objects.filter(({ name }) => name === file) },
      'p/again',
      2 * HOUR,
    );
    await carryOut(repository, plan, limits);
    expect(await repository.missingOf(second.objects.map(({ name }) => name))).toEqual([]);
    expect(passesFsck(repository)).toBe(true);
  });
});
