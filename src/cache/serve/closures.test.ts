import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { walkCommit } from '../ostree/index.ts';
import { type ObjectName, objectPath } from '../ostree/object-name.ts';
import type { Repository } from '../repository/repository.ts';
import { makeArtifact } from '../repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../repository/testing/repository-folder.ts';
import { decodeFrames } from '../wire/batch.ts';
import { createClosures } from './closures.ts';

const LIMITS = { maxBytes: 1_000_000, maxObjects: 10_000 };
const signal = new AbortController().signal;

const ARTIFACT = makeArtifact({ 'files/a': 'a', 'files/b/c': 'c', 'files/b/d': 'a', 'meta/x': 'x' });

/** Counts what is read; reading waits for `gate`. */
function watched(repository: Repository, gate: Promise<void> = Promise.resolve()) {
  const reads: string[] = [];
  const seen: Repository = Object.create(repository, {
    readMetadata: {
      value: async (name: Parameters<Repository['readMetadata']>[0]) => {
        reads.push(name.id);
        await gate;
        return await repository.readMetadata(name);
      },
    },
  });
  return { seen, reads };
}

describe('the closure of a commit', () => {
  it('is all that it needs with its sizes, the commit first and then level by level', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    const frames = decodeFrames(
      (await createClosures(repository, LIMITS).get(ARTIFACT.commit, signal)) ?? Buffer.of(1),
    );
    const names: ObjectName[] = [];
    for await (const name of walkCommit(repository, [ARTIFACT.commit])) names.push(name);
    expect(frames?.map(({ name }) => name)).toEqual(names);
    const sizes = new Map(ARTIFACT.objects.map(({ name, bytes }) => [name.id, bytes.length]));
    expect(frames?.map(({ sizeBytes }) => sizeBytes)).toEqual(names.map(({ id }) => sizes.get(id)));
    expect(frames?.length).toBe(ARTIFACT.objects.length);
  });

  it('is made once for all who ask for it, and remembered', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    const gate = Promise.withResolvers<void>();
    const { seen, reads } = watched(repository, gate.promise);
    const closures = createClosures(seen, LIMITS);
    const asked = Array.from({ length: 50 }, () => closures.get(ARTIFACT.commit, signal));
    gate.resolve();
    const answers = await Promise.all(asked);
    expect(new Set(answers).size).toBe(1);
    const before = reads.length;
    expect(new Set(reads).size).toBe(before);
    expect(await closures.get(ARTIFACT.commit, signal)).toBe(answers[0]);
    expect(reads.length).toBe(before);
  });

  it('is made for two commits at a time, however many are asked for', async () => {
    const repository = await makeRepository();
    const artifacts = Array.from({ length: 6 }, (_, i) => makeArtifact({ [`files/${i}`]: `${i}` }, i));
    for (const [i, artifact] of artifacts.entries()) await publishArtifact(repository, artifact, `p/e/k${i}`);
    const gate = Promise.withResolvers<void>();
    const { seen, reads } = watched(repository, gate.promise);
    const closures = createClosures(seen, LIMITS);
    const asked = artifacts.map(({ commit }) => closures.get(commit, signal));
    while (reads.length < 2) await setImmediate();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(reads.length).toBe(2);
    gate.resolve();
    expect((await Promise.all(asked)).every((bytes) => bytes !== undefined)).toBe(true);
  });

  it('is given up when nobody waits for it any more', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    const gate = Promise.withResolvers<void>();
    const { seen, reads } = watched(repository, gate.promise);
    const closures = createClosures(seen, LIMITS);
    const leaving = new AbortController();
    const asked = closures.get(ARTIFACT.commit, leaving.signal);
    while (reads.length === 0) await setImmediate();
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    gate.resolve();
    expect(await closures.get(ARTIFACT.commit, signal)).toBeDefined();
  });

  it('is none where the commit is not there, or was removed meanwhile', async () => {
    const repository = await makeRepository();
    const closures = createClosures(repository, LIMITS);
    expect(await closures.get(ARTIFACT.commit, signal)).toBeUndefined();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    expect(await closures.get(ARTIFACT.commit, signal)).toBeDefined();
    rmSync(join(repository.folder, objectPath({ id: ARTIFACT.commit, kind: 'commit' })));
    expect(await closures.get(ARTIFACT.commit, signal)).toBeUndefined();
  });

  it.each(['filez', 'dirtree', 'dirmeta'] as const)('is none where a %s is missing', async (kind) => {
    const repository = await makeRepository();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    const lost = ARTIFACT.objects.find(({ name }) => name.kind === kind);
    rmSync(join(repository.folder, objectPath(lost?.name ?? { id: '', kind })));
    expect(await createClosures(repository, LIMITS).get(ARTIFACT.commit, signal)).toBeUndefined();
  });

  it('is none for a commit with more objects than are told in one answer, which is found out once', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, ARTIFACT, 'p/e/k');
    const { seen, reads } = watched(repository);
    const closures = createClosures(seen, { ...LIMITS, maxObjects: 3 });
    expect(await closures.get(ARTIFACT.commit, signal)).toBeUndefined();
    const before = reads.length;
    expect(await closures.get(ARTIFACT.commit, signal)).toBeUndefined();
    expect(reads.length).toBe(before);
  });
});
