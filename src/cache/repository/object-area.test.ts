import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ObjectStore } from '../../store/index.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { type S3Fault, type S3Server, startS3Server } from '../../store/testing/s3-server.ts';
import { objectFileName, objectPath } from '../ostree/index.ts';
import { describeAreaContract } from './contract.ts';
import { openFolderObjects } from './folder-objects.ts';
import { initRepository } from './init-repository.ts';
import { layoutOf } from './layout.ts';
import { makeLayout } from './make-layout.ts';
import { openRepository } from './open-repository.ts';
import type { Repository } from './repository.ts';
import { openStoreObjects } from './store-objects.ts';
import { openStoredArea } from './stored-area.ts';
import { makeArtifact } from './testing/make-artifact.ts';
import {
  ostree,
  ostreeBeside,
  publishArtifact,
  summaryOf,
  temporaryFolder,
} from './testing/repository-folder.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
beforeEach(() => {
  server.heal();
  server.empty();
});
afterAll(() => server[Symbol.asyncDispose]());

const location = (): string =>
  `s3://${server.bucket}/some/prefix?region=${server.region}&endpoint=${server.endpoint}`;
const environment = (): NodeJS.ProcessEnv => ({
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
});

async function emptyLayout() {
  const layout = layoutOf(join(temporaryFolder(), 'repository'));
  mkdirSync(layout.root);
  await makeLayout(layout);
  return layout;
}

describeAreaContract('a folder', { open: async () => openFolderObjects((await emptyLayout()).root) });

describeAreaContract('a store', {
  async open() {
    const layout = await emptyLayout();
    return (await openStoredArea({ layout, objects: location(), environment: environment() })).area;
  },
});

const DENIED: S3Fault = { type: 'refuse', status: 403, code: 'AccessDenied' };

/** What the bucket holds, as any web server would serve it. */
async function serveBucket(): Promise<string> {
  const web = createServer((request, response) => {
    const key = `some/prefix/${decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname).replace(/^\/+/, '')}`;
    const object = server.objects.get(key);
    response.writeHead(object === undefined ? 404 : 200).end(object?.bytes);
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  onTestFinished(() => {
    web.closeAllConnections();
    web.close();
  });
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}`; // of a TCP server
}

async function makeStored(): Promise<Repository> {
  const folder = join(temporaryFolder(), 'repository');
  await initRepository(folder, { objects: location() }, { environment: environment() });
  const repository = await openRepository(folder, { environment: environment() });
  onTestFinished(() => repository[Symbol.asyncDispose]());
  return repository;
}

const artifact = makeArtifact({ 'files/bin/hello': 'hello\n', 'files/large': 'x'.repeat(200_000) });
const other = makeArtifact({ 'files/bin/hello': 'hello again\n' });

describe('a repository whose objects are in a store', () => {
  it('is a whole repository in the bucket, which the original pulls from over plain http', async () => {
    const repository = await makeStored();
    await publishArtifact(repository, artifact, 'p/e/k', 'p/e/moved');
    await publishArtifact(repository, other, 'p/e/moved');
    const target = join(temporaryFolder(), 'target');
    ostree(target, 'init', '--mode=archive');
    ostree(target, 'remote', 'add', '--no-gpg-verify', 'origin', await serveBucket());
    await ostreeBeside(target, 'pull', '--mirror', 'origin');
    ostree(target, 'fsck', '--quiet');
    expect(ostree(target, 'cat', 'p/e/k', '/files/bin/hello')).toBe('hello\n');
    expect(ostree(target, 'rev-parse', 'p/e/moved').trim()).toBe(other.commit);
  });

  it('keeps no content of files in its folder', async () => {
    const repository = await makeStored();
    await publishArtifact(repository, artifact, 'p/e/k');
    for (const { name, bytes } of artifact.objects) {
      expect(existsSync(join(repository.folder, objectPath(name)))).toBe(name.kind !== 'filez');
      expect(server.objects.get(`some/prefix/${objectPath(name)}`)?.bytes.equals(bytes)).toBe(true);
    }
  });

  it('takes refs out of the bucket that are removed', async () => {
    const repository = await makeStored();
    await publishArtifact(repository, artifact, 'p/e/k', 'p/e/other');
    await repository.removeRefs(['p/e/k']);
    expect(server.objects.has('some/prefix/refs/heads/p/e/k')).toBe(false);
    expect(server.objects.has('some/prefix/refs/heads/p/e/other')).toBe(true);
    const summary = server.objects.get('some/prefix/summary')?.bytes;
    expect(summary?.equals(readFileSync(join(repository.folder, 'summary')))).toBe(true);
  });

  it('has no refs in the bucket that are for workers alone', async () => {
    const repository = await makeStored();
    const ref = 'slipway.pipeline-cache/app/build';
    await publishArtifact(repository, artifact, ref, 'p/e/k');
    expect(server.objects.has('some/prefix/refs/heads/p/e/k')).toBe(true);
    expect(server.objects.has(`some/prefix/refs/heads/${ref}`)).toBe(false);
    expect(await repository.readRef(ref)).toBe(artifact.commit);
  });

  it('catches up with what did not get there', async () => {
    const repository = await makeStored();
    await publishArtifact(repository, artifact, 'p/e/first');
    server.fail({ on: 'PutObject', fault: DENIED });
    await expect(publishArtifact(repository, artifact, 'p/e/k')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    server.heal();
    await publishArtifact(repository, artifact, 'p/e/k');
    expect(server.objects.get('some/prefix/refs/heads/p/e/k')?.bytes.toString()).toBe(`${artifact.commit}\n`);
  });

  it('moves no ref where the store does not take an object', async () => {
    const repository = await makeStored();
    server.fail({ on: 'PutObject', fault: DENIED });
    await expect(publishArtifact(repository, artifact, 'p/e/k')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect([await repository.listRefs(), summaryOf(repository.folder)]).toEqual([[], {}]);
    expect([...server.objects.keys()].filter((key) => key.endsWith('.commit'))).toEqual([]);
  });

  it('misses what somebody placed while it was being removed, so that it is placed again', async () => {
    const layout = await emptyLayout();
    const memory = openMemoryStore();
    const staged = artifact.objects.map(({ name, bytes }) => {
      const path = join(layout.temporary, objectFileName(name));
      writeFileSync(path, bytes);
      return { name, path, sizeBytes: bytes.length };
    });
    const names = artifact.objects.map(({ name }) => name);
    let placesBeside = false;
    const remove: ObjectStore['remove'] = async (key) => {
      if (placesBeside) await area.place(staged); // the store has it for another moment
      return await memory.remove(key);
    };
    const store = { ...memory, remove };
    await using area = await openStoreObjects({ layout, store, prefix: '' });
    await area.place(staged);
    placesBeside = true;
    expect(await area.remove(names)).toBe(names.length);
    expect(await area.missingOf(names)).toEqual(names);
    await area.place(staged);
    for (const { name, bytes } of artifact.objects) {
      await using found = await memory.open(objectPath(name));
      expect(found?.object.sizeBytes).toBe(bytes.length);
    }
  });

  it('knows what a bucket has that was filled before', async () => {
    await publishArtifact(await makeStored(), artifact, 'p/e/k');
    const repository = await makeStored();
    const files = artifact.objects.filter(({ name }) => name.kind === 'filez').map(({ name }) => name);
    expect(await repository.missingOf(files)).toEqual([]);
  });

  it('that cannot be opened leaves no connection', async () => {
    const { folder } = await makeStored();
    rmSync(join(folder, '.slipway/stored'), { recursive: true }); // the bucket is asked what it has
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    server.fail({ fault: DENIED });
    const before = descriptors();
    const TRIES = 4;
    for (let i = 0; i < TRIES; i += 1)
      await expect(openRepository(folder, { environment: environment() })).rejects.toMatchObject({
        code: 'FORBIDDEN',
      });
    await setImmediate();
    // The ends of the server, in this process too, may take their time to notice.
    expect(descriptors()).toBeLessThanOrEqual(before + TRIES);
  });

  it('refuses to leave objects behind', async () => {
    const repository = await makeStored();
    await publishArtifact(repository, artifact, 'p/e/k');
    await expect(initRepository(repository.folder, { objects: 's3://another' })).rejects.toMatchObject({
      code: 'BAD_REPOSITORY',
      message: expect.stringContaining('stay there'),
    });
  });
});
