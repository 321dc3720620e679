import { lstatSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prune } from '../health/index.ts';
import { objectPath } from '../ostree/index.ts';
import { openFolderObjects } from './folder-objects.ts';
import { letGoOfKept } from './kept-objects.ts';
import { layoutOf } from './layout.ts';
import { missingOnceRenewed } from './missing-once-renewed.ts';
import type { Repository } from './repository.ts';
import { addAll, makeArtifact } from './testing/make-artifact.ts';
import { expectSound, makeRepository, publishArtifact, summaryOf } from './testing/repository-folder.ts';

const HOUR = 3_600_000;
const artifact = makeArtifact({ 'files/a': 'a', 'files/b': 'b'.repeat(10_000) });
const other = makeArtifact({ 'files/a': 'a', 'files/c': 'c' });

function age(path: string, ms: number): void {
  const at = (Date.now() - ms) / 1000;
  utimesSync(path, at, at);
}

function ageObjects({ folder }: Repository, ms: number): void {
  for (const { name } of artifact.objects) age(join(folder, objectPath(name)), ms);
}

/** What cut pushes left. */
function keptFiles({ folder }: Repository): readonly string[] {
  const kept = join(folder, '.slipway/kept');
  return readdirSync(kept).flatMap((boot) =>
    readdirSync(join(kept, boot)).map((name) => join(kept, boot, name)),
  );
}

const agesOf = ({ folder }: Repository): number[] =>
  artifact.objects.map(({ name }) => Date.now() - lstatSync(join(folder, objectPath(name))).mtimeMs);

describe('two pushes of one artifact, after one that was cut', () => {
  it.each([0, 1])('both go well, whoever is first', async (first) => {
    const repository = await makeRepository();
    {
      await using cut = await repository.openStaging({ resumable: true });
      await addAll(cut, artifact.objects);
    }
    await using one = await repository.openStaging({ resumable: true });
    await using two = await repository.openStaging({ resumable: true });
    const stagings = [one, two];
    for (const staging of stagings)
      for (const { name } of artifact.objects) expect(await staging.has(name)).toBe(true);
    for (const [index, staging] of [stagings[first], stagings[1 - first]].entries()) {
      const published = await staging?.publish([{ ref: `p/e/${index}`, commit: artifact.commit }]);
      expect(published?.newObjects).toBe(index === 0 ? artifact.objects.length : 0);
    }
    const [object] = artifact.objects;
    await using found = object && (await stagings[1 - first]?.open(object.name));
    expect(found?.sizeBytes).toBe(object?.bytes.length);
    expect(Object.keys(summaryOf(repository.folder))).toEqual(['p/e/0', 'p/e/1']);
    expectSound(repository.folder);
  });
});

describe('what cut pushes left', () => {
  it('stays from the moment at which another push begins, also where it was going', async () => {
    const repository = await makeRepository();
    {
      await using cut = await repository.openStaging({ resumable: true });
      await addAll(cut, artifact.objects);
    }
    const layout = layoutOf(repository.folder);
    let asked = 0;
    const staysAt = Object.assign(new Set<string>(), {
      has(): boolean {
        asked += 1;
        if (asked === 2) mkdirSync(join(layout.temporary, 'bst-push-abc12345')); // begins this moment
        return false;
      },
    });
    expect(await letGoOfKept(layout, { staysAt })).toMatchObject({ objects: 1 });
    expect(keptFiles(repository)).toHaveLength(artifact.objects.length - 1);
  });
});

describe('the time of an object', () => {
  it('is that of its placing, not of a push that was cut hours before', async () => {
    const repository = await makeRepository();
    {
      await using cut = await repository.openStaging({ resumable: true });
      await addAll(cut, artifact.objects);
    }
    for (const path of keptFiles(repository)) age(path, 20 * HOUR);
    await using staging = await repository.openStaging({ resumable: true });
    await addAll(staging, artifact.objects);
    await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expect(Math.max(...agesOf(repository))).toBeLessThan(HOUR / 2);
  });

  it('is set anew by a push that counts on it, whether the object came again or not', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    ageObjects(repository, 20 * HOUR);
    await using staging = await repository.openStaging();
    await staging.publish([{ ref: 'p/e/same', commit: artifact.commit }]);
    expect(Math.max(...agesOf(repository))).toBeLessThan(HOUR / 2);
    ageObjects(repository, 20 * HOUR);
    await using asking = await repository.openStaging();
    expect(await asking.missingOf(artifact.objects.map(({ name }) => name))).toEqual([]);
    expect(Math.max(...agesOf(repository))).toBeLessThan(HOUR / 2);
  });

  it('lets a prune spare what a push needs that is about to publish', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    await repository.removeRefs(['p/e/k']);
    ageObjects(repository, 20 * HOUR);
    await using staging = await repository.openStaging();
    const isHere = new Set(artifact.objects.map(({ name }) => name.id));
    await addAll(
      staging,
      other.objects.filter(({ name }) => !isHere.has(name.id)),
    );
    const pruned = prune(repository);
    await staging.publish([{ ref: 'p/e/other', commit: other.commit }]);
    await pruned;
    expect(await repository.readRef('p/e/other')).toBe(other.commit);
    expectSound(repository.folder);
  });

  it('lets a prune spare what a push begins to count on while the prune is at it', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    await repository.removeRefs(['p/e/k']);
    ageObjects(repository, 20 * HOUR);
    const names = artifact.objects.map(({ name }) => name);
    await using staging = await repository.openStaging();
    const removeObjects: Repository['removeObjects'] = async (victims, options) => {
      expect(victims).toHaveLength(names.length); // all of it was about to go
      expect(await staging.missingOf(names)).toEqual([]);
      return await repository.removeObjects(victims, options);
    };
    expect(await prune({ ...repository, removeObjects })).toMatchObject({ objects: 0, bytes: 0 });
    await staging.publish([{ ref: 'p/e/again', commit: artifact.commit }]);
    expectSound(repository.folder);
  });

  it('is known before a push is told that it is there: what went meanwhile is missing', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const area = openFolderObjects(repository.folder);
    const names = artifact.objects.map(({ name }) => name);
    const renew = async (): Promise<void> => void (await area.remove(names.slice(1)));
    expect(await missingOnceRenewed({ ...area, renew }, names)).toEqual(names.slice(1));
  });

  it('of what a cut push left is new for who goes on with it, and no other push lets go of it', async () => {
    const repository = await makeRepository();
    {
      await using cut = await repository.openStaging({ resumable: true });
      await addAll(cut, artifact.objects);
    }
    const kept = keptFiles(repository);
    for (const path of kept) age(path, 23 * HOUR);
    await using staging = await repository.openStaging({ resumable: true });
    expect(await staging.missingOf(artifact.objects.map(({ name }) => name))).toEqual([]);
    expect(kept).toHaveLength(artifact.objects.length);
    for (const path of kept) expect(Date.now() - lstatSync(path).mtimeMs).toBeLessThan(HOUR / 2);
  });

  it('is that of no object where nothing is there', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    expect(await staging.missingOf(artifact.objects.map(({ name }) => name))).toHaveLength(
      artifact.objects.length,
    );
  });
});
