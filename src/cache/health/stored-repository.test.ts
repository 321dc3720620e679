import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type S3Fault, type S3Server, startS3Server } from '../../store/testing/s3-server.ts';
import { type ObjectName, objectPath } from '../ostree/index.ts';
import { initRepository } from '../repository/init-repository.ts';
import { openRepository } from '../repository/open-repository.ts';
import type { Repository, RepositorySettings } from '../repository/repository.ts';
import { type MadeArtifact, makeArtifact } from '../repository/testing/make-artifact.ts';
import { publishArtifact, summaryOf, temporaryFolder } from '../repository/testing/repository-folder.ts';
import { checkRepository, prune, repositoryStatus } from './index.ts';
import { HOUR, noise } from './testing/aged-repository.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
beforeEach(() => {
  server.heal();
  server.empty();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A repository whose objects are in a bucket, with two artifacts. */
async function makeStored(settings: Partial<RepositorySettings> = {}): Promise<Repository> {
  const folder = join(temporaryFolder(), 'repository');
  const { accessKeyId, secretAccessKey } = server.credentials;
  const environment = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const objects = `s3://${server.bucket}/cache?region=${server.region}&endpoint=${server.endpoint}`;
  await initRepository(folder, { ...settings, objects }, { environment });
  const repository = await openRepository(folder, { environment });
  onTestFinished(() => repository[Symbol.asyncDispose]());
  await publishArtifact(repository, first, 'p/first');
  await publishArtifact(repository, second, 'p/second');
  return repository;
}

const first = makeArtifact({ 'files/own': noise(1), 'files/all': 'shared' });
const second = makeArtifact({ 'files/own': noise(2), 'files/all': 'shared' });
const keyOf = (name: ObjectName): string => `cache/${objectPath(name)}`;

/** The file that only this artifact has. */
function ownFile({ objects }: MadeArtifact): ObjectName {
  const others = new Set((objects === first.objects ? second : first).objects.map(({ name }) => name.id));
  const own = objects.find(({ name }) => name.kind === 'filez' && !others.has(name.id));
  if (own === undefined) throw new Error('there is one');
  return own.name;
}

type StoredObject = NonNullable<ReturnType<S3Server['objects']['get']>>;

/** Takes something out of the bucket, or damages it, as somebody does who is not Slipway. */
function harm(name: ObjectName, how: 'lost' | 'damaged'): void {
  const objects = server.objects as Map<string, StoredObject>; // a bucket that others change as well
  const object = objects.get(keyOf(name));
  if (object === undefined) throw new Error('it was stored');
  if (how === 'lost') objects.delete(keyOf(name));
  else object.bytes.fill(1, object.bytes.length - 5);
}

function age({ folder }: Repository, { objects }: MadeArtifact, ref: string): void {
  const at = (Date.now() - 5 * HOUR) / 1000;
  for (const { name } of objects) {
    const base = name.kind === 'filez' ? join(folder, '.slipway/stored') : folder;
    utimesSync(join(base, objectPath(name)), at, at);
  }
  utimesSync(join(folder, 'refs/heads', ref), at, at);
}

const DOWN: S3Fault = { type: 'refuse', status: 501, code: 'NotImplemented' };

describe('a repository whose objects are in a store', () => {
  it('is sound, and all of it is looked at and counted', async () => {
    const repository = await makeStored();
    const names = new Set([...first.objects, ...second.objects].map(({ name }) => objectPath(name)));
    const { objects, problems } = await checkRepository(repository);
    expect([objects, problems]).toEqual([names.size, []]);
    const sizes = [...names].map((name) => server.objects.get(`cache/${name}`)?.bytes.length ?? 0);
    expect(await repositoryStatus(repository)).toMatchObject({
      refs: 2,
      objects: names.size,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      incomplete: [],
    });
  });

  it.each(['lost', 'damaged'] as const)(
    'is mended where a file in the bucket is %s: its artifact goes, and can be pushed again',
    async (how) => {
      const repository = await makeStored();
      harm(ownFile(first), how);
      const { problems } = await checkRepository(repository, { repairs: true });
      expect(problems).toContainEqual(expect.objectContaining({ type: 'ref', ref: 'p/first' }));
      expect(problems).not.toContainEqual(expect.objectContaining({ ref: 'p/second' }));
      expect(Object.keys(summaryOf(repository.folder))).toEqual(['p/second']);
      expect(await repository.missingOf([ownFile(first)])).toEqual([ownFile(first)]);
      expect(server.objects.has('cache/refs/heads/p/first')).toBe(false);
      expect((await checkRepository(repository)).problems).toEqual([]);
      await publishArtifact(repository, first, 'p/first');
      expect((await checkRepository(repository)).problems).toEqual([]);
      expect(Object.keys(summaryOf(repository.folder))).toEqual(['p/first', 'p/second']);
    },
  );

  it('loses nothing to a repair while the store does not answer', async () => {
    const repository = await makeStored();
    server.fail({ on: 'GetObject', fault: DOWN });
    await expect(checkRepository(repository, { repairs: true })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    server.heal();
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect(await repository.listRefs()).toHaveLength(2);
  });

  it('is copied anew where the note of what was copied is damaged', async () => {
    const repository = await makeStored();
    writeFileSync(join(repository.folder, '.slipway/summary.mirrored'), 'nonsense of some length');
    await publishArtifact(repository, first, 'p/third');
    for (const ref of ['p/first', 'p/third'])
      expect(server.objects.get(`cache/refs/heads/${ref}`)?.bytes.toString()).toBe(`${first.commit}\n`);
  });

  it('is pruned in the bucket as well', async () => {
    const repository = await makeStored();
    await repository.removeRefs(['p/first']);
    const pruned = await prune(repository, { graceMs: 0, now: Date.now() + HOUR });
    expect(pruned.objects).toBeGreaterThan(0);
    expect(server.objects.has(keyOf(ownFile(first)))).toBe(false);
    expect(server.objects.has(keyOf(ownFile(second)))).toBe(true);
    expect((await checkRepository(repository)).problems).toEqual([]);
  });

  it('goes on with a prune that the store did not let end', async () => {
    const repository = await makeStored();
    await repository.removeRefs(['p/first']);
    const now = Date.now() + 5 * HOUR;
    server.fail({ on: 'DeleteObject', fault: DOWN });
    await expect(prune(repository, { now })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    server.heal();
    expect((await checkRepository(repository)).problems).toEqual([]);
    await publishArtifact(repository, first, 'p/first');
    expect((await checkRepository(repository)).problems).toEqual([]);
  });

  it('keeps its quota', async () => {
    const repository = await makeStored({ quotaBytes: 30_000 });
    age(repository, first, 'p/first');
    await publishArtifact(repository, makeArtifact({ 'files/own': noise(3) }), 'p/third');
    expect((await repository.listRefs()).map(({ ref }) => ref)).toEqual(['p/second', 'p/third']);
    expect(server.objects.has(keyOf(ownFile(first)))).toBe(false);
    expect((await checkRepository(repository)).problems).toEqual([]);
    expect(readdirSync(join(repository.folder, 'tmp'))).toEqual(['cache']);
  });
});
