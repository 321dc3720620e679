import { createHash, randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import taskcluster from 'taskcluster-client-87';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { type Client, createTemporaryCredentials } from '../../../auth/index.ts';
import { type Credentials, newTaskId } from '../../../queue-api/index.ts';
import { openQueueClient } from '../../../queue-client/index.ts';
import { type ServedQueue, serveQueue } from '../../testing/serve-queue.ts';

const ROOT: Client = { clientId: 'root', accessToken: 'the-token-of-root-0123', scopes: ['*'] };
const HOUR = 3_600_000;
const later = (ms = HOUR): string => new Date(Date.now() + ms).toISOString();
const hex = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

describe.each(['sqlite', 'postgres'] as const)('objects with %s', (kind) => {
  let served: ServedQueue;
  beforeAll(async () => {
    const database = kind === 'postgres' ? { type: kind, url: postgres.createDatabase() } : undefined;
    served = await serveQueue({ clients: [ROOT], ...(database !== undefined && { database }) });
  });
  afterAll(async () => {
    expect(served.errors).toEqual([]);
    await served[Symbol.asyncDispose]();
  });

  const options = (credentials: Credentials = ROOT) => ({ rootUrl: served.url, retries: 0, credentials });
  const limited = (...scopes: string[]) =>
    createTemporaryCredentials({ issuer: ROOT, scopes, start: Date.now(), expiry: Date.now() + HOUR });
  const objectFor = (credentials?: Credentials) => new taskcluster.Object(options(credentials));

  /** A run of a project, and its worker. */
  async function claimed() {
    const queue = new taskcluster.Queue(options());
    const taskId = newTaskId();
    const workerType = `w${taskId.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}x`;
    await queue['createTask']?.(taskId, {
      taskQueueId: `p/${workerType}`,
      projectId: 'some/project',
      created: later(0),
      deadline: later(),
      payload: {},
      metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.org' },
    });
    const [claim] = await served.queue.claimWork(
      `p/${workerType}`,
      { workerGroup: 'g', workerId: 'i' },
      { tasks: 1, signal: AbortSignal.timeout(20_000) },
    );
    if (claim === undefined) throw new Error('nothing was claimed');
    return { taskId, worker: new taskcluster.Queue(options(limited(`queue:create-artifact:${taskId}/0`))) };
  }

  interface Created {
    readonly storageType: string;
    readonly name: string;
    readonly projectId: string;
    readonly uploadId: string;
    readonly expires: string;
    readonly credentials: Credentials;
  }

  /** An artifact whose upload goes on. */
  async function begun(more: { readonly name?: string; readonly contentLength?: number } = {}) {
    const { name = 'public/a b.bin', ...rest } = more;
    const { taskId, worker } = await claimed();
    const request = { storageType: 'object', contentType: 'text/plain', expires: later(), ...rest };
    const create = async () =>
      (await worker['createArtifact']?.(taskId, 0, name, request)) as unknown as Created;
    const created = await create();
    const object = objectFor(created.credentials);
    const upload = (bytes: Buffer, contentType = 'text/plain') =>
      taskcluster.upload({
        ...created,
        contentType,
        contentLength: bytes.length,
        object,
        streamFactory: async () => Readable.from([bytes], { objectMode: false }),
        retries: 0,
      });
    const finish = () => worker['finishArtifact']?.(taskId, 0, name, { uploadId: created.uploadId });
    const body = (proposedUploadMethods: object = {}, fields: object = {}) => {
      const { projectId, uploadId, expires } = created;
      return { projectId, uploadId, expires, proposedUploadMethods, ...fields };
    };
    const end = (fields: object = {}) => {
      const { projectId, uploadId } = created;
      return object.finishUpload(created.name, { projectId, uploadId, ...fields });
    };
    return { taskId, worker, name, created, create, object, upload, finish, body, end };
  }

  interface PutUrl {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }

  /** Where bytes go, for who sends them by hand. */
  async function putUrlOf({ object, created, body }: Awaited<ReturnType<typeof begun>>, length: number) {
    const proposed = { putUrl: { contentType: 'text/plain', contentLength: length } };
    const { uploadMethod } = await object.createUpload(created.name, body(proposed));
    return (uploadMethod as { putUrl: PutUrl }).putUrl;
  }

  /** The length is what it is. */
  const put = async (
    { url, headers: { 'content-length': _said, ...headers } }: PutUrl,
    body: string,
    more = {},
  ) => (await fetch(url, { method: 'PUT', body, headers: { ...headers, ...more } })).status;

  /** As the official client fetches it. */
  async function fetched(taskId: string, name: string, credentials?: Credentials) {
    const chunks: Buffer[] = [];
    const type = await taskcluster.downloadArtifact({
      taskId,
      runId: 0,
      name,
      queue: new taskcluster.Queue(options(credentials)),
      streamFactory: async () => {
        return new Writable({
          write(chunk: Buffer, _encoding, done) {
            chunks.push(chunk);
            done();
          },
        });
      },
      retries: 0,
    });
    return { type, bytes: Buffer.concat(chunks) };
  }

  describe('by the official client', () => {
    it.each([0, 1, 8191, 8192, 3_000_000])('of %i bytes are uploaded and read', async (sizeBytes) => {
      const bytes = randomBytes(sizeBytes);
      const { taskId, name, upload, finish, created, worker } = await begun({ contentLength: sizeBytes });
      expect(created).toMatchObject({
        storageType: 'object',
        name: `t/${taskId}/0/${name}`,
        projectId: 'some/project',
      });
      await upload(bytes, 'application/x-some');
      const hidden = new taskcluster.Queue(options());
      expect(await hidden['listArtifacts']?.(taskId, 0)).toEqual({ artifacts: [] });
      await expect(hidden['artifact']?.(taskId, 0, name)).rejects.toMatchObject({ statusCode: 404 });
      await finish();
      await finish();
      expect(await hidden['listArtifacts']?.(taskId, 0)).toMatchObject({
        artifacts: [{ storageType: 'object', name, contentLength: sizeBytes, expires: created.expires }],
      });
      const found = await fetched(taskId, name, limited(`queue:get-artifact:${name}`));
      expect(found.type).toBe('application/x-some');
      expect(found.bytes.equals(bytes)).toBe(true);
      await worker['createArtifact']?.(taskId, 0, 'link', {
        storageType: 'link',
        artifact: name,
        expires: later(),
      });
      expect((await fetched(taskId, 'link')).bytes.equals(bytes)).toBe(true);
    });

    it.each(['private/x', '/', 'a/../b//c', ' %2F?x=1#y&"<>\\', 'x'.repeat(1024)])(
      'are led to by the queue and by the service: %s',
      async (called) => {
        const { taskId, name, upload, finish, created } = await begun({ name: called });
        await upload(Buffer.from('content'));
        await finish();
        const queue = new taskcluster.Queue(options());
        const url = queue.buildSignedUrl(queue['getArtifact'] as never, taskId, 0, name);
        const answer = await fetch(url, { redirect: 'manual' });
        expect(answer.status).toBe(303);
        expect(answer.headers.get('x-taskcluster-artifact-storage-type')).toBe('object');
        expect(await answer.json()).toEqual({
          storageType: 'object',
          url: answer.headers.get('location'),
        });
        expect(await (await fetch(url)).text()).toBe('content');
        const object = objectFor(limited(`object:download:${created.name}`));
        const signed = object.buildSignedUrl(object.download, created.name);
        expect(await (await fetch(signed)).text()).toBe('content');
        const simple = await object.startDownload(created.name, { acceptDownloadMethods: { simple: true } });
        expect(simple).toEqual({ method: 'simple', url: expect.any(String) });
        expect(await (await fetch(String(simple['url']))).text()).toBe('content');
        expect(await object.object(created.name)).toEqual({
          projectId: 'some/project',
          expires: created.expires,
          hashes: {
            sha256: hex('sha256', Buffer.from('content')),
            sha512: hex('sha512', Buffer.from('content')),
          },
        });
        expect(await object.ping()).toMatchObject({ alive: true });
      },
    );

    it('are read as soon as their upload is finished by who has the scope, and not before', async () => {
      const { object, created, body } = await begun();
      const inline = { contentType: 'a/b', objectData: Buffer.from('hello').toString('base64') };
      await object.createUpload(created.name, body({ dataInline: inline }));
      const reader = objectFor(limited(`object:download:${created.name}`));
      const accept = { acceptDownloadMethods: { getUrl: true } };
      await expect(reader.startDownload(created.name, accept)).rejects.toMatchObject({ statusCode: 404 });
      const { projectId, uploadId } = created;
      expect(await object.finishUpload(created.name, { projectId, uploadId })).toEqual({});
      const { url } = await reader.startDownload(created.name, accept);
      expect(await (await fetch(String(url))).text()).toBe('hello');
    });

    it('keep their upload when they are created again, and stay as they are once it is finished', async () => {
      const test = await begun();
      const { created, create, upload, object, body, end, finish } = test;
      const early = await putUrlOf(test, 3);
      const { credentials: _first, ...again } = await create();
      expect(created).toMatchObject(again);
      await upload(Buffer.from('one'));
      const hashes = { sha256: hex('sha256', Buffer.from('one')) };
      expect(await end({ hashes })).toEqual({});
      await expect(end({ hashes: { sha256: '0'.repeat(64) } })).rejects.toMatchObject({ statusCode: 400 });
      await expect(object.createUpload(created.name, body())).rejects.toMatchObject({ statusCode: 409 });
      expect(await put(early, 'two')).toBe(409);
      await finish();
      expect((await fetched(test.taskId, test.name)).bytes.toString()).toBe('one');
      expect(await create()).toMatchObject(again);
    });
  });

  it('that are sent several times at once are one of these, whole', async () => {
    const test = await begun({ contentLength: 100_000 });
    const at = await putUrlOf(test, 100_000);
    const bodies = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
    expect(await Promise.all(bodies.map((body) => put(at, body)))).toEqual([200, 200, 200, 200]);
    expect(await Promise.all([test.end(), test.end()])).toEqual([{}, {}]);
    await Promise.all([test.finish(), test.finish()]);
    const { bytes } = await fetched(test.taskId, test.name); // the client checks the hashes
    expect(bodies).toContain(bytes.toString());
  });

  it('are described for whoever makes clients', async () => {
    const answer = await fetch(`${served.url}/api/object/v1/openapi.json`);
    expect(await answer.json()).toMatchObject({
      paths: { '/upload/{name}': { put: { operationId: 'createUpload' } } },
    });
  });

  describe('by our own client', () => {
    it('are found with their address and digest', async () => {
      const { taskId, name, upload, finish } = await begun({ name: 'private/x' });
      await upload(Buffer.from('content'));
      await finish();
      const credentials = limited(`queue:get-artifact:${name}`);
      await using client = openQueueClient({ rootUrl: served.url, credentials: () => credentials });
      const found = await client.artifactContent(taskId, undefined, name);
      expect(found).toEqual({
        storageType: 'object',
        url: expect.stringContaining(served.url),
        sha256: hex('sha256', Buffer.from('content')),
      });
      expect(await (await fetch('url' in found ? found.url : '')).text()).toBe('content');
    });
  });

  describe('are refused', () => {
    it.each([
      ['another uploadId', { uploadId: newTaskId() }, 409],
      ['an uploadId that is none', { uploadId: 'x' }, 400],
      ['another end', { expires: later(2 * HOUR) }, 409],
      ['an end that is none', { expires: 'soon' }, 400],
      ['another project', { projectId: 'some/projec' }, 403],
      ['a hash that is none', { hashes: { sha256: 'x' } }, 400],
      ['another field', { more: 1 }, 400],
    ])('with %s', async (_what, fields, statusCode) => {
      const { object, created, body } = await begun();
      await expect(object.createUpload(created.name, body({}, fields))).rejects.toMatchObject({ statusCode });
    });

    it('with another project, whoever asks', async () => {
      const { created, body } = await begun();
      const call = objectFor().createUpload(created.name, body({}, { projectId: 'other' }));
      await expect(call).rejects.toMatchObject({ statusCode: 409 });
    });

    it.each([
      ['more than 8 KiB within the request', { contentType: 'a/b', objectData: 'A'.repeat(10_928) }],
      [
        'some bytes more than that',
        { contentType: 'a/b', objectData: Buffer.alloc(8193).toString('base64') },
      ],
      ['what is no base64', { contentType: 'a/b', objectData: 'a*b=' }],
      ['a type of two lines', { contentType: 'a\r\nb: c', objectData: '' }],
    ])('with %s', async (_what, dataInline) => {
      const { object, created, body } = await begun();
      const call = object.createUpload(created.name, body({ dataInline }));
      await expect(call).rejects.toMatchObject({ statusCode: 400 });
    });

    it('with another length than was declared', async () => {
      const { object, created, body } = await begun({ contentLength: 5 });
      for (const contentLength of [4, -1, 1.5, 1e300]) {
        const call = object.createUpload(
          created.name,
          body({ putUrl: { contentType: 'a/b', contentLength } }),
        );
        await expect(call).rejects.toMatchObject({ statusCode: 400 });
      }
    });

    it('where nothing, or something else, was uploaded', async () => {
      const test = await begun();
      const { end, finish, created } = test;
      await expect(end()).rejects.toMatchObject({ statusCode: 400, message: /Nothing was uploaded/ });
      expect(await put(await putUrlOf(test, 3), 'one')).toBe(200);
      for (const algorithm of ['sha256', 'sha512']) {
        const hashes = { [algorithm]: hex(algorithm, Buffer.from('two')) };
        await expect(end({ hashes })).rejects.toMatchObject({ statusCode: 400, message: /upload it again/ });
      }
      await expect(end({ uploadId: newTaskId() })).rejects.toMatchObject({ statusCode: 409 });
      await expect(finish()).rejects.toMatchObject({ statusCode: 400 });
      expect(await put(await putUrlOf(test, 3), 'two')).toBe(200);
      const hashes = { sha256: hex('sha256', Buffer.from('two')), md77: { any: 'thing' } };
      expect(await end({ hashes })).toEqual({});
      expect(created.name).toContain(test.taskId);
    });

    it('where they are not what was promised at first', async () => {
      const { object, created, body, end } = await begun();
      const promise = (text: string) => ({ hashes: { sha512: hex('sha512', Buffer.from(text)) } });
      expect(await object.createUpload(created.name, body({}, promise('one')))).toMatchObject({
        uploadMethod: {},
      });
      const other = object.createUpload(created.name, body({}, promise('two')));
      await expect(other).rejects.toMatchObject({ statusCode: 409 });
      const dataInline = { contentType: 'a/b', objectData: Buffer.from('two').toString('base64') };
      await object.createUpload(created.name, body({ dataInline }));
      await expect(end()).rejects.toMatchObject({ statusCode: 400 });
    });

    it('at an address that was changed, and with other bytes than were declared', async () => {
      const test = await begun();
      const at = await putUrlOf(test, 3);
      expect(await put({ ...at, url: at.url.replace('length=3', 'length=4') }, 'four')).toBe(401);
      expect(await put({ ...at, url: at.url.replace('&length=3', '') }, 'one')).toBe(401);
      expect(await put(at, 'one', { 'content-type': 'text/html' })).toBe(401);
      expect(await put(at, 'one', { 'content-encoding': 'gzip' })).toBe(400);
      expect(at.headers).toEqual({ 'content-type': 'text/plain', 'content-length': '3' });
      expect(await put(at, 'four')).toBe(400);
      expect((await fetch(at.url)).status).toBe(400);
      expect((await fetch(at.url.replace('&length=3', ''))).status).toBe(401);
      await expect(test.end()).rejects.toMatchObject({ statusCode: 400 });
      expect(await put(at, 'one')).toBe(200);
    });

    it.each(['x', 't/x/0/y', `t/${newTaskId()}/01/y`, `t/${newTaskId()}/0/`, `t/${newTaskId()}/../y`])(
      'by the name %s',
      async (name) => {
        const object = objectFor();
        const { body } = await begun();
        await expect(object.createUpload(name, body({}, {}))).rejects.toMatchObject({
          statusCode: 400,
          code: 'NoMatchingBackend',
        });
        const accept = { acceptDownloadMethods: { simple: true } };
        await expect(object.startDownload(name, accept)).rejects.toMatchObject({ statusCode: 404 });
        await expect(object.object(name)).rejects.toMatchObject({ statusCode: 404 });
      },
    );

    it('to who has a scope for something else', async () => {
      const { created, object, body, upload } = await begun();
      const project = `object:upload:${created.projectId}:${created.name}`;
      for (const scope of [project.slice(0, -1), `${project}x`, `object:download:${created.name}`]) {
        const call = objectFor(limited(scope)).createUpload(created.name, body());
        await expect(call).rejects.toMatchObject({ statusCode: 403 });
        const { projectId, uploadId } = created;
        const end = objectFor(limited(scope)).finishUpload(created.name, { projectId, uploadId });
        await expect(end).rejects.toMatchObject({ statusCode: 403 });
      }
      await upload(Buffer.from('x'));
      const accept = { acceptDownloadMethods: { getUrl: true } };
      const download = `object:download:${created.name}`;
      for (const scope of [download.slice(0, -1), `${download}x`, project]) {
        const reader = objectFor(limited(scope));
        await expect(reader.startDownload(created.name, accept)).rejects.toMatchObject({ statusCode: 403 });
        await expect(reader.object(created.name)).rejects.toMatchObject({ statusCode: 403 });
      }
      // What the queue gave for this object is good for nothing else.
      const other = await begun();
      const call = object.createUpload(other.created.name, other.body());
      await expect(call).rejects.toMatchObject({ statusCode: 403 });
      const name = encodeURIComponent(created.name);
      expect((await fetch(`${served.url}/api/object/v1/download/${name}`)).status).toBe(403);
    });

    it('in ways that nobody knows here', async () => {
      const { created, upload, object, body } = await begun();
      expect(await object.createUpload(created.name, body({ pigeon: {} }))).toMatchObject({
        uploadMethod: {},
      });
      await upload(Buffer.from('x'));
      const call = objectFor().startDownload(created.name, { acceptDownloadMethods: { pigeon: true } });
      await expect(call).rejects.toMatchObject({ statusCode: 406, code: 'NoMatchingMethod' });
    });
  });
});
