import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSummary, encodeSummary, objectPath, type SummaryRef } from '../ostree/index.ts';
import { fitSummary } from './fit-summary.ts';
import { parseSummaryTable } from './summary-table.ts';
import { type MadeArtifact, makeArtifact } from './testing/make-artifact.ts';
import {
  expectSound,
  makeRepository,
  ostree,
  publishArtifact,
  summaryOf,
} from './testing/repository-folder.ts';

const artifact = makeArtifact({ content: 'one' });
const other = makeArtifact({ content: 'two' });

/** Sets a ref as other programs do: a new file takes the place of the old one. */
function setByHand(folder: string, ref: string, { commit }: MadeArtifact): void {
  ostree(folder, 'refs', '--delete', ref);
  ostree(folder, 'refs', `--create=${ref}`, commit);
}

/** Refs by name, as the repository's files say. */
const refsOf = async (
  repository: Awaited<ReturnType<typeof makeRepository>>,
): Promise<Record<string, string>> =>
  Object.fromEntries((await repository.listRefs()).map(({ ref, commit }) => [ref, commit]));

describe('the summary', () => {
  it('is there and empty from the start', async () => {
    const { folder } = await makeRepository();
    expect(summaryOf(folder)).toEqual({});
    expect(decodeSummary(readFileSync(join(folder, 'summary'))).refs).toEqual([]);
  });

  it.each([
    ['absent', (path: string) => rmSync(path)],
    ['corrupt', (path: string) => writeFileSync(path, 'no summary')],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['stale', (path: string) => writeFileSync(path, encodeSummary({ refs: [] }))],
  ])('lists everything after a push where it was %s', async (_what, change) => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/first');
    change(join(repository.folder, 'summary'));
    await publishArtifact(repository, other, 'p/e/second');
    expect(summaryOf(repository.folder)).toEqual({
      'p/e/first': artifact.commit,
      'p/e/second': other.commit,
    });
  });

  it('lists everything where what was known of it is lost or damaged', async () => {
    for (const text of ['', '{"version":2', '{"version":3}', '{"version":2}', 'null', '[]']) {
      const repository = await makeRepository();
      await publishArtifact(repository, artifact, 'p/e/first');
      writeFileSync(join(repository.folder, '.slipway/refs.json'), text);
      await publishArtifact(repository, other, 'p/e/second');
      expect(summaryOf(repository.folder)).toEqual(await refsOf(repository));
    }
  });

  it('lists what other programs did to refs meanwhile, at the next push', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, artifact, 'p/e/moved', 'p/e/removed', 'p/f/stays', 'q');
    setByHand(folder, 'p/e/moved', artifact);
    ostree(folder, 'refs', '--delete', 'p/e/removed');
    ostree(folder, 'refs', '--create=p/new/folder/ref', artifact.commit);
    const tree = join(folder, '../tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'file'), 'of the original');
    ostree(folder, 'commit', '--branch=p/e/committed', `--tree=dir=${tree}`);
    await publishArtifact(repository, other, 'p/e/own');
    const listed = summaryOf(folder);
    expect(listed).toEqual(await refsOf(repository));
    expect(Object.keys(listed)).toEqual(
      expect.arrayContaining(['p/e/committed', 'p/e/moved', 'p/e/own', 'p/f/stays', 'p/new/folder/ref', 'q']),
    );
    expect(listed).not.toHaveProperty('p/e/removed');
    expectSound(folder);
  });

  it('lists all after the timer of the original has written it, and drops a signature that is of another list', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, artifact, 'p/e/first');
    ostree(folder, 'summary', '-u');
    writeFileSync(join(folder, 'summary.sig'), 'a signature');
    await publishArtifact(repository, other, 'p/e/second');
    expect(summaryOf(folder)).toEqual(await refsOf(repository));
    expect(existsSync(join(folder, 'summary.sig'))).toBe(false);
  });

  it('has nothing of what is for workers alone, whoever set it, and forgets what an earlier version listed', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    const hidden = ['slipway.source/app/1', 'slipway.pipeline-cache/app/build', 'slipway.submitted/app'];
    await publishArtifact(repository, artifact, ...hidden, 'p/e/first');
    expect(summaryOf(folder)).toEqual({ 'p/e/first': artifact.commit });
    ostree(folder, 'refs', '--create=slipway.source/app/2', artifact.commit);
    await publishArtifact(repository, other, 'slipway.build/app/build/key');
    const listed = { 'p/e/first': artifact.commit, 'slipway.build/app/build/key': other.commit };
    expect(summaryOf(folder)).toEqual(listed);
    expect(await repository.refreshSummary()).toEqual({ refs: 2, leftOut: 0 });
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(
      [...Object.keys(listed), ...hidden, 'slipway.source/app/2'].sort(),
    );

    const before = [...(await repository.listRefs())].map((ref) => ({ ...ref, commitSizeBytes: 1 }));
    writeFileSync(join(folder, 'summary'), encodeSummary({ refs: before }));
    await publishArtifact(repository, artifact, 'slipway.source/app/3');
    expect(summaryOf(folder)).toEqual(listed);
  });

  it('is not written again where it lists everything', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, artifact, 'p/e/k');
    const identity = (): bigint => statSync(join(repository.folder, 'summary'), { bigint: true }).ino;
    const before = identity();
    await publishArtifact(repository, artifact, 'p/e/k');
    expect(identity()).toBe(before);
  });

  it('leaves out a ref to a commit that is not there, and lists it when that comes', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, artifact, 'p/e/k');
    mkdirSync(join(folder, 'refs/heads/p/g'));
    writeFileSync(join(folder, 'refs/heads/p/g/early'), `${other.commit}\n`);
    expect(await repository.refreshSummary()).toEqual({ refs: 1, leftOut: 0 });
    await publishArtifact(repository, other, 'p/e/other');
    expect(summaryOf(folder)).toHaveProperty('p/g/early', other.commit);
  });

  it('is read anew in full when it is asked for', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, artifact, 'p/e/k');
    await publishArtifact(repository, other, 'p/e/other');
    // Written into the same file, which no folder tells of.
    writeFileSync(join(folder, 'refs/heads/p/e/k'), `${other.commit}\n`);
    expect(await repository.refreshSummary()).toEqual({ refs: 2, leftOut: 0 });
    expect(summaryOf(folder)).toEqual({ 'p/e/k': other.commit, 'p/e/other': other.commit });
  });

  it('says of each commit how large and how old it is', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, makeArtifact({ a: 'b' }, 1_515_974_400), 'p/e/k');
    const [ref] = decodeSummary(readFileSync(join(folder, 'summary'))).refs;
    const path = objectPath({ id: ref?.commit ?? '', kind: 'commit' });
    expect(ref).toMatchObject({
      commitSizeBytes: statSync(join(folder, path)).size,
      timestampSeconds: 1_515_974_400,
    });
  });

  it('is right after many pushes at once also where it is large', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    await publishArtifact(repository, artifact, 'p/e/k');
    const name = 'n'.repeat(150);
    for (let i = 0; i < 40; i += 1) {
      mkdirSync(join(folder, `refs/heads/many/${i}`), { recursive: true });
      for (let n = 0; n < 40; n += 1) {
        writeFileSync(join(folder, `refs/heads/many/${i}/${name}${n}`), `${artifact.commit}\n`);
      }
    }
    expect(await repository.refreshSummary()).toEqual({ refs: 1601, leftOut: 0 });
    const made = Array.from({ length: 6 }, (_, i) => makeArtifact({ content: `${i}` }));
    await Promise.all(made.map((each, i) => publishArtifact(repository, each, `many/${i}/new`)));
    expect(statSync(join(folder, 'summary')).size).toBeGreaterThan(256 * 1024);
    expect(summaryOf(folder)).toEqual(await refsOf(repository));
  });
});

describe('a summary that is too large', () => {
  const refs: SummaryRef[] = Array.from({ length: 300 }, (_, i) => ({
    ref: `p/e/${String(i).padStart(4, '0')}`,
    commit: '0'.repeat(64),
    commitSizeBytes: 100,
    timestampSeconds: (i * 7919) % 300,
  }));
  const table = parseSummaryTable(encodeSummary({ refs }));

  it('leaves the oldest refs out, and none that were just set', () => {
    const set = new Set(['p/e/0000']); // the oldest of all
    const fitted = fitSummary(table, 7, set, 10_000);
    expect(fitted.table.bytes.length).toBeLessThanOrEqual(10_000);
    const listed = decodeSummary(fitted.table.bytes).refs;
    expect(listed.length + fitted.leftOut.length).toBe(300);
    expect(listed.length).toBeGreaterThan(50);
    expect(listed.map(({ ref }) => ref)).toContain('p/e/0000');
    const oldest = Math.min(
      ...listed.filter(({ ref }) => !set.has(ref)).map(({ timestampSeconds }) => timestampSeconds ?? 0),
    );
    expect(fitted.leftOut.every(({ timestampSeconds }) => (timestampSeconds ?? 0) < oldest)).toBe(true);
  });

  it('takes no ref for newest whose commit is to be made yet', () => {
    const to = (timestampSeconds: number) =>
      refs.map((ref, i) => (i < 100 ? { ...ref, timestampSeconds } : ref));
    const early = parseSummaryTable(encodeSummary({ refs: to(Number.MAX_SAFE_INTEGER) }));
    const { table: fitted } = fitSummary(early, 300, new Set(), 10_000);
    const listed = decodeSummary(fitted.bytes).refs;
    expect(listed.length).toBeGreaterThan(50);
    expect(listed.every(({ timestampSeconds }) => (timestampSeconds ?? 0) < 300)).toBe(true);
  });

  it('is all there where it fits', () => {
    expect(fitSummary(table, 7)).toEqual({ table, leftOut: [] });
  });
});
