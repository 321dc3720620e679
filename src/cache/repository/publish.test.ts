import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CacheError } from '../error.ts';
import { objectFileName, objectPath } from '../ostree/index.ts';
import { openRepository } from './open-repository.ts';
import type { Repository } from './repository.ts';
import { addAll, lend, type MadeArtifact, makeArtifact, makeFile } from './testing/make-artifact.ts';
import {
  expectSound,
  makeRepository,
  ostree,
  publishArtifact,
  summaryOf,
  temporaryFolder,
} from './testing/repository-folder.ts';

const artifact = makeArtifact({
  'files/bin/hello': 'hello\n',
  'files/readme': 'read me',
  'logs/build.log': 'done',
});
const other = makeArtifact({ 'files/bin/hello': 'hello again\n', 'files/readme': 'read me' });

/** How a promise fails. */
async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof CacheError)) throw new Error(`no error of the cache: ${String(error)}`);
  return { code: error.code, message: error.message };
}

const leftIn = ({ folder }: Repository): string[] =>
  readdirSync(join(folder, 'tmp')).filter((name) => name !== 'cache');

async function objectsIn(repository: Repository): Promise<number> {
  let count = 0;
  for await (const _object of repository.listObjects()) count += 1;
  return count;
}

describe('publishing', () => {
  it('makes an artifact that the original reads, checks and lists, and leaves nothing else', async () => {
    const repository = await makeRepository();
    {
      await using staging = await repository.openStaging();
      await addAll(staging, artifact.objects);
      expect(await objectsIn(repository)).toBe(0);
      const refs = ['p/e/strong', 'p/e/weak'].map((ref) => ({ ref, commit: artifact.commit }));
      const bytes = artifact.objects.reduce((sum, object) => sum + object.bytes.length, 0);
      expect(await staging.publish(refs)).toEqual({
        moved: refs,
        kept: [],
        newObjects: artifact.objects.length,
        newBytes: bytes,
      });
    }
    expectSound(repository.folder);
    expect(ostree(repository.folder, 'cat', 'p/e/weak', '/files/bin/hello')).toBe('hello\n');
    expect(summaryOf(repository.folder)).toEqual({
      'p/e/strong': artifact.commit,
      'p/e/weak': artifact.commit,
    });
    expect(leftIn(repository)).toEqual([]);
    expect(readdirSync(join(repository.folder, '.slipway'))).not.toContain('kept');
  });

  it('gives files and folders modes that a web server can read, whatever the umask is', async () => {
    const before = process.umask(0o077);
    try {
      const repository = await makeRepository();
      await publishArtifact(repository, artifact, 'p/e/k');
      const paths = ['objects', 'refs/heads/p', 'refs/heads/p/e/k', 'summary', 'config'];
      const object = artifact.objects[0];
      if (object === undefined) throw new Error('the artifact is empty');
      const modes = [...paths, objectPath(object.name)].map((path) =>
        (statSync(join(repository.folder, path)).mode & 0o777).toString(8),
      );
      expect(modes).toEqual(['755', '755', '644', '644', '644', '644']);
      expect((statSync(repository.folder).mode & 0o777).toString(8)).toBe('755');
    } finally {
      process.umask(before);
    }
  });

  it('refuses a commit from which something is missing, and moves no ref', async () => {
    for (const left of artifact.objects) {
      const repository = await makeRepository();
      await using staging = await repository.openStaging();
      await addAll(
        staging,
        artifact.objects.filter((object) => object !== left),
      );
      const { code, message } = await failure(staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]));
      expect([code, message]).toEqual(['MISSING_OBJECT', expect.stringContaining(left.name.id)]);
      expect(await repository.listRefs()).toEqual([]);
      expect(await objectsIn(repository)).toBe(0);
    }
  });

  it('refuses a commit below which a published object is damaged', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const tree = artifact.objects.find(({ name }) => name.kind === 'dirtree');
    if (tree === undefined) throw new Error('the artifact has no tree');
    writeFileSync(join(repository.folder, objectPath(tree.name)), 'damaged');
    await using again = await openRepository(repository.folder);
    await using staging = await again.openStaging();
    await addAll(staging, artifact.objects);
    const { code } = await failure(staging.publish([{ ref: 'p/e/other', commit: artifact.commit }]));
    expect(code).toBe('CORRUPT_OBJECT');
    expect(await again.readRef('p/e/other')).toBeUndefined();
  });

  it('never takes the place of an object, also not of one that came meanwhile', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    await addAll(staging, artifact.objects);
    await publishArtifact(repository, artifact, 'p/e/first');
    const identities = (): unknown =>
      artifact.objects.map(
        ({ name }) => statSync(join(repository.folder, objectPath(name)), { bigint: true }).ino,
      );
    const before = identities();
    const outcome = await staging.publish([{ ref: 'p/e/second', commit: artifact.commit }]);
    expect(outcome).toMatchObject({ newObjects: 0, newBytes: 0 });
    expect(identities()).toEqual(before);
  });

  it('leaves no commit of which something went before its ref was set', async () => {
    const repository = await makeRepository();
    const [readme] = artifact.objects.filter(({ name }) => other.objects.some((o) => o.name.id === name.id));
    if (readme === undefined) throw new Error('they have a file in common');
    await publishArtifact(repository, artifact, 'p/e/k');
    await using beside = await openRepository(repository.folder);
    await using staging = await beside.openStaging();
    await addAll(staging, other.objects);
    let coming: Promise<unknown> | undefined;
    const commit = { id: other.commit, kind: 'commit' } as const;
    await repository.withLock(async () => {
      coming = failure(staging.publish([{ ref: 'p/e/other', commit: other.commit }]));
      await vi.waitFor(async () => expect(await repository.sizeOf(commit)).toBeDefined(), {
        timeout: 20_000,
      });
      await repository.removeObjects([readme.name]);
    });
    expect(await coming).toMatchObject({ code: 'MISSING_OBJECT' });
    expect(await repository.sizeOf(commit)).toBeUndefined();
    expect(await repository.readRef('p/e/other')).toBeUndefined();
  });

  it('sets refs to what is there already without any object', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    await using staging = await repository.openStaging();
    await staging.publish([{ ref: 'p/e/also', commit: artifact.commit }]);
    expect(summaryOf(repository.folder)).toHaveProperty('p/e/also', artifact.commit);
  });

  it('moves a ref to the last complete commit that was pushed', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    await publishArtifact(repository, other, 'p/e/k');
    expect(await repository.readRef('p/e/k')).toBe(other.commit);
    expect(summaryOf(repository.folder)).toEqual({ 'p/e/k': other.commit });
    expectSound(repository.folder);
  });

  it('publishes many at once, and lists all of them', async () => {
    const repository = await makeRepository();
    const second = await openRepository(repository.folder);
    const made = Array.from({ length: 8 }, (_, i) =>
      makeArtifact({ 'files/one': `${i}`, 'files/same': 'same' }),
    );
    await Promise.all(
      made.map((each, i) => publishArtifact(i % 2 === 0 ? repository : second, each, `p/e/${i}`, 'p/e/same')),
    );
    const names = [...made.map((_, i) => `p/e/${i}`), 'p/e/same'];
    expect(new Set(Object.keys(summaryOf(repository.folder)))).toEqual(new Set(names));
    expect(made.map(({ commit }) => commit)).toContain(await repository.readRef('p/e/same'));
    expectSound(repository.folder);
  });
});

describe('a ref that is written once', () => {
  it('stays as it is, which is no error, and other refs of the same push are set', async () => {
    const repository = await makeRepository({ writeOnce: true });
    await publishArtifact(repository, artifact, 'p/e/k');
    await using staging = await repository.openStaging();
    await addAll(staging, other.objects);
    const refs = ['p/e/k', 'p/e/new'].map((ref) => ({ ref, commit: other.commit }));
    expect(await staging.publish(refs)).toMatchObject({ kept: [refs[0]], moved: [refs[1]] });
    expect(await repository.readRef('p/e/k')).toBe(artifact.commit);
  });

  it('moves where it names what is not complete', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const shared = new Set(other.objects.map(({ name }) => name.id));
    const file = artifact.objects.find(({ name }) => name.kind === 'filez' && !shared.has(name.id));
    if (file === undefined) throw new Error('the artifact has no file of its own');
    await repository.withLock(() => repository.removeObjects([file.name]));
    await using staging = await repository.openStaging();
    await addAll(staging, other.objects);
    await staging.publish([{ ref: 'p/e/k', commit: other.commit }], { writeOnce: true });
    expect(await repository.readRef('p/e/k')).toBe(other.commit);
  });
});

describe('names of refs', () => {
  it.each(['../../evil', 'a b/c', '/abs', 'a//b', '', 'a/..', 'a/.hidden', 'a\0b', '-a', 'a/'])(
    'refuses %j, and publishes nothing',
    async (ref) => {
      const repository = await makeRepository();
      await using staging = await repository.openStaging();
      await addAll(staging, artifact.objects);
      const { code } = await failure(staging.publish([{ ref, commit: artifact.commit }]));
      expect(code).toBe('INVALID_REF');
      expect(await objectsIn(repository)).toBe(0);
    },
  );

  it('refuses a ref that the caller may not write, and publishes nothing of the push', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    await addAll(staging, artifact.objects);
    const refs = ['mine/e/k', 'theirs/e/k'].map((ref) => ({ ref, commit: artifact.commit }));
    const mayWrite = (ref: string): boolean => ref.startsWith('mine/');
    expect(await failure(staging.publish(refs, { mayWrite }))).toEqual({
      code: 'FORBIDDEN',
      message: 'The ref theirs/e/k may not be written here',
    });
    expect([await repository.listRefs(), await objectsIn(repository)]).toEqual([[], 0]);
  });

  it('refuses a ref that is a folder of another, one below a ref, and both in one push', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const tries: readonly (readonly string[])[] = [['p/e'], ['p/e/k/below'], ['q/a', 'q/a/b']];
    for (const refs of tries) {
      const { code } = await failure(publishArtifact(repository, other, 'p/first', ...refs));
      expect(code).toBe('INVALID_REF');
    }
    expect(await repository.listRefs()).toEqual([{ ref: 'p/e/k', commit: artifact.commit }]);
  });

  it('lets a ref have the name of a folder that is empty', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    ostree(repository.folder, 'refs', '--delete', 'p/e/k');
    await publishArtifact(repository, other, 'p/e');
    expect(summaryOf(repository.folder)).toEqual({ 'p/e': other.commit });
  });

  it('reads no ref through a link that leads out of the repository', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    writeFileSync(join(repository.folder, 'outside'), `${artifact.commit}\n`);
    symlinkSync('../../outside', join(repository.folder, 'refs/heads/link'));
    symlinkSync('../..', join(repository.folder, 'refs/heads/folder'));
    expect([await repository.readRef('link'), await repository.readRef('folder/outside')]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/e/k']);
  });
});

describe('a link to a folder elsewhere among the refs', () => {
  it('is followed for nothing: no ref is set, listed or removed behind it', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'k'), `${artifact.commit}\n`);
    symlinkSync(elsewhere, join(repository.folder, 'refs/heads/out'));
    expect((await failure(publishArtifact(repository, other, 'out/k'))).code).toBe('INVALID_REF');
    expect((await failure(publishArtifact(repository, other, 'out/new'))).code).toBe('INVALID_REF');
    expect(await repository.removeRefs(['out/k'])).toEqual([]);
    expect(await repository.listRefs({ prefix: 'out' })).toEqual([]);
    await repository.refreshSummary();
    expect(Object.keys(summaryOf(repository.folder))).toEqual(['p/e/k']);
    expect([readdirSync(elsewhere), readFileSync(join(elsewhere, 'k'), 'utf8')]).toEqual([
      ['k'],
      `${artifact.commit}\n`,
    ]);
  });
});

describe('listing refs', () => {
  it('knows whole components of names', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'project/x/1', 'projects/x/1', 'project-a', 'z');
    const names = async (prefix?: string): Promise<string[]> =>
      (await repository.listRefs(prefix === undefined ? {} : { prefix })).map(({ ref }) => ref);
    expect(await names()).toEqual(['project-a', 'project/x/1', 'projects/x/1', 'z']);
    expect(await names('project')).toEqual(['project/x/1']);
    expect(await names('z')).toEqual(['z']);
    expect(await names('none')).toEqual([]);
  });

  it('passes over what is no ref, and waits for nothing', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    writeFileSync(join(repository.folder, 'refs/heads/p/empty'), '');
    writeFileSync(join(repository.folder, 'refs/heads/p/long'), 'a'.repeat(10_000));
    execFileSync('mkfifo', [join(repository.folder, 'refs/heads/p/pipe')]);
    symlinkSync('e/k', join(repository.folder, 'refs/heads/p/alias'));
    symlinkSync('loop', join(repository.folder, 'refs/heads/p/loop'));
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/alias', 'p/e/k']);
    expect(await repository.readRef('p/pipe')).toBeUndefined();
    await repository.refreshSummary();
  });
});

describe('objects that come in', () => {
  const file = makeFile(Buffer.from('x'.repeat(5000)));

  it.each([
    ['another content', makeFile(Buffer.from('y')).bytes, 'CORRUPT_OBJECT'],
    ['fewer bytes', file.bytes.subarray(0, -3), 'CORRUPT_OBJECT'],
    ['more bytes', Buffer.concat([file.bytes, Buffer.from('more')]), 'CORRUPT_OBJECT'],
  ])('are refused with %s, and nothing of them stays', async (_what, bytes, code) => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    const adding = staging.add(file.name, lend(bytes), { sizeBytes: bytes.length });
    expect((await failure(adding)).code).toBe(code);
    expect(await staging.has(file.name)).toBe(false);
    expect(leftIn(repository).flatMap((name) => readdirSync(join(repository.folder, 'tmp', name)))).toEqual(
      [],
    );
  });

  it('are refused where they end too early or late', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    for (const sizeBytes of [file.bytes.length - 1, file.bytes.length + 1]) {
      expect((await failure(staging.add(file.name, lend(file.bytes), { sizeBytes }))).code).toBe(
        'CORRUPT_OBJECT',
      );
    }
  });

  it('are refused before they are read where they are larger than is taken, packed or unpacked', async () => {
    const repository = await makeRepository({ maxObjectBytes: 4000 });
    await using staging = await repository.openStaging();
    const large = makeFile(Buffer.alloc(5000));
    expect(
      (await failure(staging.add(large.name, lend(large.bytes), { sizeBytes: large.bytes.length }))).code,
    ).toBe('TOO_LARGE');
    const never = (async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.reject(new Error('it was read'));
    })();
    expect((await failure(staging.add(large.name, never, { sizeBytes: 5000 }))).code).toBe('TOO_LARGE');
  });

  it('may come twice at the same time', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    await addAll(staging, [...artifact.objects, ...artifact.objects]);
    const outcome = await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expect(outcome.newObjects).toBe(artifact.objects.length);
  });

  it('may be files that the caller has hashed', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    for (const { name, bytes } of artifact.objects) {
      const path = await staging.temporaryFile();
      writeFileSync(path, bytes);
      await staging.adopt(name, path);
    }
    await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expectSound(repository.folder);
  });

  it('can be read before they are published, whole and checked', async () => {
    const repository = await makeRepository();
    await using staging = await repository.openStaging();
    const bytes = Buffer.from('no commit');
    const id = await failure(staging.addMetadata('commit', bytes));
    expect(id.code).toBe('CORRUPT_OBJECT');
    const tree = artifact.objects.find(({ name }) => name.kind === 'dirtree');
    if (tree === undefined) throw new Error('the artifact has no tree');
    expect(await staging.addMetadata('dirtree', tree.bytes)).toEqual(tree.name);
    expect(await staging.readMetadata(tree.name)).toEqual(tree.bytes);
    expect(await repository.readMetadata(tree.name)).toBeUndefined();
  });
});

describe('a push that was cut', () => {
  const cut = async (repository: Repository, { objects }: MadeArtifact): Promise<void> => {
    await using staging = await repository.openStaging({ resumable: true });
    await addAll(staging, objects);
  };

  it('goes on where it was, where it may', async () => {
    const repository = await makeRepository();
    await cut(repository, artifact);
    expect(await objectsIn(repository)).toBe(0);
    await using staging = await repository.openStaging({ resumable: true });
    for (const { name } of artifact.objects) expect(await staging.has(name)).toBe(true);
    await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expectSound(repository.folder);
    const kept = join(repository.folder, '.slipway/kept');
    expect(readdirSync(kept).flatMap((boot) => readdirSync(join(kept, boot)))).toEqual([]);
  });

  it('can go on for a day, and not after the machine has started again', async () => {
    const repository = await makeRepository();
    await cut(repository, artifact);
    const kept = join(repository.folder, '.slipway/kept');
    const [boot = ''] = readdirSync(kept);
    const longAgo = Date.now() / 1000 - 25 * 60 * 60;
    const [old = '', ...rest] = readdirSync(join(kept, boot));
    utimesSync(join(kept, boot, old), longAgo, longAgo);
    {
      await using _staging = await repository.openStaging({ resumable: true });
    }
    expect(readdirSync(join(kept, boot))).toEqual(rest);
    renameSync(join(kept, boot), join(kept, 'earlier'));
    await using staging = await repository.openStaging({ resumable: true });
    for (const { name } of artifact.objects) expect(await staging.has(name)).toBe(false);
  });

  it('keeps no more of cut pushes than the quota, and lets others push all the same', async () => {
    const quotaBytes = 120_000;
    const repository = await makeRepository({ quotaBytes });
    const kept = join(repository.folder, '.slipway/kept');
    const keptBytes = (): number =>
      readdirSync(kept, { recursive: true, encoding: 'utf8' })
        .map((name) => statSync(join(kept, name)))
        .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
    for (let i = 0; i < 6; i += 1) await cut(repository, makeArtifact({ 'a/b': randomBytes(50_000) }));
    expect(keptBytes()).toBeGreaterThan(quotaBytes);
    expect(keptBytes()).toBeLessThan(2 * quotaBytes);
    await using staging = await repository.openStaging({ resumable: true });
    await addAll(staging, artifact.objects);
    await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expectSound(repository.folder);
  });

  it.each(['add', 'addWhole'] as const)('takes no part for the whole that a kill left (%s)', async (how) => {
    const repository = await makeRepository();
    await cut(repository, artifact);
    const [object] = artifact.objects;
    if (object === undefined) throw new Error('the artifact is empty');
    const { name, bytes } = object;
    const kept = join(repository.folder, '.slipway/kept');
    const path = join(kept, readdirSync(kept)[0] ?? '', objectFileName(name));
    chmodSync(path, 0o600); // as it is until all of it is written
    truncateSync(path, 1);
    await using staging = await repository.openStaging({ resumable: true });
    expect(await staging.missingOf(artifact.objects.map((each) => each.name))).toEqual([name]);
    if (how === 'addWhole') await staging.addWhole(name, bytes);
    else await addAll(staging, [object]);
    await staging.publish([{ ref: 'p/e/k', commit: artifact.commit }]);
    expectSound(repository.folder);
  });

  it('leaves nothing for others', async () => {
    const repository = await makeRepository();
    await cut(repository, artifact);
    await using staging = await repository.openStaging();
    const [object] = artifact.objects;
    expect(object && (await staging.has(object.name))).toBe(false);
  });
});

describe('removing refs', () => {
  it('removes those that are there with the folders that are empty then, and lists the rest', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k', 'p/f/k');
    expect(await repository.removeRefs(['p/e/k', 'p/none'])).toEqual(['p/e/k']);
    expect(existsSync(join(repository.folder, 'refs/heads/p/e'))).toBe(false);
    expect(summaryOf(repository.folder)).toEqual({ 'p/f/k': artifact.commit });
    expect(await failure(repository.removeRefs(['../config']))).toMatchObject({ code: 'INVALID_REF' });
    expect(readFileSync(join(repository.folder, 'config'), 'utf8')).toContain('archive-z2');
  });
});
