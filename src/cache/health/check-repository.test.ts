import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ObjectKind, type ObjectName, objectFileName, objectPath } from '../ostree/index.ts';
import type { MadeArtifact } from '../repository/testing/make-artifact.ts';
import { ostree } from '../repository/testing/repository-folder.ts';
import { checkRepository } from './index.ts';
import { agedRepository, passesFsck } from './testing/aged-repository.ts';

/** Three artifacts, of which the tests break the second. */
async function brokenRepository(harm: (folder: string, made: MadeArtifact) => void) {
  const { repository, made } = await agedRepository(3);
  const [, second] = made;
  if (second === undefined) throw new Error('there are three');
  harm(repository.folder, second);
  return { repository, second };
}

/** The object of that kind which only this artifact has: the last one made of it. */
const own = ({ objects }: MadeArtifact, kind: ObjectKind): ObjectName => {
  const name = objects.map((each) => each.name).findLast((each) => each.kind === kind);
  if (name === undefined) throw new Error(`there is a ${kind}`);
  return name;
};

const change = (path: string) => {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  rmSync(path);
  writeFileSync(path, bytes);
};

describe('a sound repository', () => {
  test('has no problems, and all of it is looked at', async () => {
    const { repository, made } = await agedRepository(3);
    const seen: number[] = [];
    const checked = await checkRepository(repository, {
      onProgress: ({ objects }) => void seen.push(objects),
    });
    const names = new Set(made.flatMap(({ objects }) => objects.map(({ name }) => objectFileName(name))));
    expect(checked).toMatchObject({ objects: names.size, refs: 3, problems: [], isSound: true });
    expect(seen.at(-1)).toBe(names.size);
  });

  test('may be empty, or have signatures', async () => {
    const { repository, made } = await agedRepository(1);
    writeFileSync(join(repository.folder, objectPath({ id: made[0]?.commit ?? '', kind: 'commitmeta' })), '');
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect((await checkRepository((await agedRepository(0)).repository)).problems).toEqual([]);
  });
});

describe.each(['commit', 'dirtree', 'filez'] as const)('where a %s', (kind) => {
  test.each([
    ['has another byte', change],
    ['is cut', (path: string) => truncateSync(path, 9)],
    ['is empty', (path: string) => truncateSync(path, 0)],
  ])('%s, it and its ref are named, and go in a repair', async (_, harm) => {
    const { repository, second } = await brokenRepository((folder, made) =>
      harm(join(folder, objectPath(own(made, kind)))),
    );
    const name = objectFileName(own(second, kind));
    const { problems, isSound } = await checkRepository(repository);
    expect(isSound).toBe(false);
    expect(problems).toContainEqual(expect.objectContaining({ type: 'object', object: name }));
    expect(problems).toContainEqual({
      type: 'ref',
      ref: 'p/1',
      commit: second.commit,
      problem: `${name} is damaged`,
    });
    expect(await repository.listRefs()).toHaveLength(3);

    expect((await checkRepository(repository, { repairs: true })).isSound).toBe(true);
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/0', 'p/2']);
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect(passesFsck(repository)).toBe(true);
  });

  test('is missing, the ref and the summary or only the ref are named', async () => {
    const { repository, second } = await brokenRepository((folder, made) =>
      rmSync(join(folder, objectPath(own(made, kind)))),
    );
    const problem = `${objectFileName(own(second, kind))} is missing`;
    const { problems } = await checkRepository(repository);
    expect(problems).toEqual([{ type: 'ref', ref: 'p/1', commit: second.commit, problem }]);
    await checkRepository(repository, { repairs: true });
    expect(passesFsck(repository)).toBe(true);
  });
});

describe('beside objects', () => {
  test('a commit that no ref needs is found where it is incomplete', async () => {
    const { repository, made } = await agedRepository(2);
    await repository.removeRefs(['p/1']);
    const [, second] = made;
    if (second === undefined) throw new Error('there are two');
    rmSync(join(repository.folder, objectPath(own(second, 'filez'))));
    const { problems } = await checkRepository(repository);
    expect(problems).toEqual([expect.objectContaining({ type: 'commit', commit: second.commit })]);
    expect(() => ostree(repository.folder, 'fsck')).toThrow();
    await checkRepository(repository, { repairs: true });
    expect(passesFsck(repository)).toBe(true);
  });

  test('a summary that tells everybody of what is for workers alone is found and written anew', async () => {
    const { repository } = await agedRepository(1);
    const { folder } = repository;
    const [ref] = await repository.listRefs();
    ostree(folder, 'refs', '--create=slipway.source/app/1', ref?.commit ?? '');
    expect((await checkRepository(repository)).problems).toEqual([]);
    ostree(folder, 'summary', '-u');
    const problem = 'it lists slipway.source/app/1, which is not for everybody';
    expect((await checkRepository(repository, { repairs: true })).problems).toEqual([
      { type: 'summary', problem },
    ]);
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect(ostree(folder, 'summary', '-v')).not.toContain('slipway.source');
    expect((await repository.listRefs()).map((each) => each.ref)).toContain('slipway.source/app/1');
  });

  test('a file among the refs that is none is found', async () => {
    const { repository } = await agedRepository(1);
    mkdirSync(join(repository.folder, 'refs/heads/q'));
    writeFileSync(join(repository.folder, 'refs/heads/q/half'), 'abc');
    const { problems } = await checkRepository(repository);
    expect(problems).toEqual([{ type: 'file', path: 'refs/heads/q/half', problem: 'it is no ref' }]);
    await checkRepository(repository, { repairs: true });
    expect(passesFsck(repository)).toBe(true);
    expect((await checkRepository(repository)).problems).toEqual([]);
  });

  test.each([
    ['absent', (path: string) => rmSync(path), /there is none/],
    ['damaged', (path: string) => writeFileSync(path, 'nonsense'), /this is no summary/],
    ['empty', (path: string) => writeFileSync(path, ''), /does not list p\/0/],
  ])('a summary that is %s is found and written anew', async (_, harm, problem) => {
    const { repository } = await agedRepository(2);
    harm(join(repository.folder, 'summary'));
    const { problems } = await checkRepository(repository);
    expect(problems).toEqual([{ type: 'summary', problem: expect.stringMatching(problem) }]);
    await checkRepository(repository, { repairs: true });
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect(ostree(repository.folder, 'summary', '-v')).toContain('p/1');
  });

  test('a summary that says what was there before is found', async () => {
    const { repository, made } = await agedRepository(2);
    writeFileSync(join(repository.folder, 'refs/heads/p/0'), `${made[1]?.commit}\n`);
    expect((await checkRepository(repository)).problems).toEqual([
      { type: 'summary', problem: 'it lists another commit of p/0' },
    ]);
    rmSync(join(repository.folder, 'refs/heads/p/0'));
    expect((await checkRepository(repository)).problems).toEqual([
      { type: 'summary', problem: 'it lists p/0, which is not there' },
    ]);
  });
});
