import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serveSteps } from '../serve-steps.ts';
import { stepArchive } from '../testing/step-server.ts';
import type { ServeStepsOptions } from './serve.ts';

const MANIFEST = { name: 'hello', version: '1.0.0', summary: 'says hello', tags: ['a'], properties: [] };
const FILES = {
  'step.yml': 'name: hello\nversion: 1.0.0\nsummary: says hello\n',
  'run.sh': 'echo hello\n',
};

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface TestRegistry extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly troubles: unknown[];
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  announce(archive: Buffer, changes?: object, token?: string): Promise<Reply>;
  /** All three requests; the answer is that of the first that fails, or of the last. */
  publish(archive: Buffer, changes?: object, token?: string): Promise<Reply>;
}

interface CallOptions {
  readonly body?: Buffer | string;
  readonly token?: string;
}

const checksumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function startRegistry(options: Partial<ServeStepsOptions> = {}): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
  const troubles: unknown[] = [];
  const server = await serveSteps({
    folder,
    host: '127.0.0.1',
    port: 0,
    tokens: [
      { owner: 'me', token: 'mine' },
      { owner: 'you', token: 'yours' },
    ],
    onTrouble: (error) => troubles.push(error),
    ...options,
  });
  const call: TestRegistry['call'] = async (method, path, { body, token } = {}) => {
    const response = await fetch(new URL(path, server.url), {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    });
    return { status: response.status, body: (await response.json()) as Reply['body'] };
  };
  const announce: TestRegistry['announce'] = (archive, changes = {}, token = 'mine') => {
    const announced = { checksum: checksumOf(archive), size: archive.length, manifest: MANIFEST, ...changes };
    return call('POST', '/api/publish', { token, body: JSON.stringify(announced) });
  };
  return {
    url: server.url,
    folder,
    troubles,
    call,
    announce,
    async publish(archive, changes, token = 'mine') {
      const announced = await announce(archive, changes, token);
      if (announced.status !== 200) return announced;
      const sent = await call('PUT', String(announced.body['uploadUrl']), { body: archive });
      if (sent.status !== 200) return sent;
      const body = JSON.stringify({ token: announced.body['token'] });
      return await call('POST', '/api/publish/done', { token, body });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describe('a step registry', () => {
  it('answers versions exactly, by range and by star, and lists the newest', async () => {
    await using registry = await startRegistry();
    for (const version of ['1.0.0', '1.2.0', '2.0.0', '2.1.0-rc.1']) {
      const archive = await stepArchive({
        ...FILES,
        'step.yml': FILES['step.yml'].replace('1.0.0', version),
      });
      expect((await registry.publish(archive, { manifest: { ...MANIFEST, version } })).status).toBe(200);
    }
    for (const [wanted, found] of [
      ['*', '2.0.0'],
      ['1.0.0', '1.0.0'],
      ['^1.0', '1.2.0'],
      ['2.1.0-rc.1', '2.1.0-rc.1'],
    ] as const) {
      const { body } = await registry.call('GET', `/api/steps/me/hello/${encodeURIComponent(wanted)}`);
      expect(body).toMatchObject({
        step: { owner: 'me', summary: 'says hello', version: { number: found } },
      });
    }
    expect((await registry.call('GET', '/api/steps/me/hello/3.x')).status).toBe(404);
    const { body } = await registry.call('GET', '/api/steps');
    expect(body).toMatchObject({ steps: [{ owner: 'me', name: 'hello', version: { number: '2.0.0' } }] });
  });

  it("lets a token publish for its owner alone, and see that owner's private steps alone", async () => {
    await using registry = await startRegistry();
    const archive = await stepArchive(FILES);
    expect((await registry.publish(archive, { username: 'me' }, 'yours')).status).toBe(403);
    expect((await registry.publish(archive, { private: true })).status).toBe(200);
    const path = '/api/steps/me/hello/*';
    expect((await registry.call('GET', path)).status).toBe(404);
    expect((await registry.call('GET', path, { token: 'yours' })).status).toBe(404);
    expect((await registry.call('GET', `${path}/tarball`, { token: 'yours' })).status).toBe(404);
    expect((await registry.call('GET', path, { token: 'mine' })).status).toBe(200);
    expect((await registry.call('GET', path, { token: 'guessed' })).status).toBe(401);
  });

  it('takes the same again and refuses other content of a version, also when both come at once', async () => {
    await using registry = await startRegistry();
    const archives = await Promise.all(
      ['a', 'b', 'c', 'd'].map((text) => stepArchive({ ...FILES, 'run.sh': `echo ${text}\n` })),
    );
    const replies = await Promise.all(archives.map((archive) => registry.publish(archive)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    const winner = archives[replies.findIndex(({ status }) => status === 200)] ?? Buffer.alloc(0);
    expect((await registry.publish(winner)).status).toBe(200);
    const stored = await fetch(`${registry.url}/api/steps/me/hello/1.0.0/tarball`);
    expect(checksumOf(Buffer.from(await stored.bytes()))).toBe(checksumOf(winner));
  });
});

describe('what is no step', () => {
  it.each<[string, object, string]>([
    ['another checksum', { checksum: '0'.repeat(64) }, 'the checksum of what came is'],
    ['another version', { manifest: { ...MANIFEST, version: '1.0.1' } }, 'the version in the archive'],
    ['another name', { manifest: { ...MANIFEST, name: 'other' } }, 'the name in the archive'],
  ])('is not taken: %s', async (_name, changes, sentence) => {
    await using registry = await startRegistry();
    const reply = await registry.publish(await stepArchive(FILES), changes);
    expect(reply).toMatchObject({ status: 422, body: { error: 'WRONG_CONTENT' } });
    expect(reply.body['message']).toContain(sentence);
    expect((await registry.call('GET', '/api/steps')).body).toEqual({ steps: [] });
    expect(readdirSync(join(registry.folder, 'blobs'))).toEqual([]);
  });

  it('is not taken: an archive that leads out, one without run.sh, one that is none', async () => {
    await using registry = await startRegistry();
    const escaping = await stepArchive(FILES, [{ type: 'link', name: 'out', target: '../../../../etc' }]);
    const upwards = await stepArchive({ ...FILES, '../escaped': 'x' });
    const incomplete = await stepArchive({ 'step.yml': FILES['step.yml'] });
    for (const archive of [escaping, upwards, incomplete, Buffer.from('no archive')]) {
      expect((await registry.publish(archive)).status).toBe(422);
    }
    expect(existsSync(join(registry.folder, 'uploads/escaped'))).toBe(false);
    expect(readdirSync(join(registry.folder, 'uploads')).filter((name) => !name.endsWith('.json'))).toEqual(
      [],
    );
    expect(registry.troubles).toEqual([]);
  });

  it('is not taken: more or fewer bytes than announced, or more than allowed', async () => {
    await using registry = await startRegistry({ limits: { archiveBytes: 10_000 } });
    const archive = await stepArchive(FILES);
    expect((await registry.publish(archive, { size: archive.length + 1 })).status).toBe(400);
    expect((await registry.publish(archive, { size: archive.length - 1 })).status).toBe(413);
    expect((await registry.publish(archive, { size: 10_001 })).status).toBe(413);
  });
});

describe('an upload', () => {
  it('has its time, and cannot be ended by somebody else or before the archive came', async () => {
    await using registry = await startRegistry();
    const archive = await stepArchive(FILES);
    const { body } = await registry.announce(archive);
    const done = (token: string, text: object): Promise<Reply> =>
      registry.call('POST', '/api/publish/done', { token, body: JSON.stringify(text) });
    expect((await done('mine', { token: body['token'] })).status).toBe(409);
    expect((await done('yours', { token: body['token'] })).status).toBe(403);
    expect((await done('mine', { token: `${String(body['token']).slice(0, -1)}!` })).status).toBe(403);
    expect((await done('mine', { token: '../../steps.x' })).status).toBe(404);
    await using late = await startRegistry({ limits: { uploadMs: -1 } });
    const announced = await late.announce(archive);
    expect((await late.call('PUT', String(announced.body['uploadUrl']), { body: archive })).status).toBe(404);
  });

  it('waits its turn when too many are on their way', async () => {
    await using registry = await startRegistry({ limits: { uploads: 1 } });
    const archive = await stepArchive(FILES);
    expect((await registry.announce(archive)).status).toBe(200);
    expect((await registry.announce(archive)).status).toBe(503);
  });
});

describe('hostile requests', () => {
  it.each<[string, string, string | undefined, number]>([
    ['GET', '/api/steps/..%2f..%2f/x/1.0.0', undefined, 404],
    ['GET', '/api/steps/me/%2e%2e/*', undefined, 404],
    ['GET', '/api/steps/me/%ff/*', undefined, 400],
    ['GET', `/api/steps/me/hello/${'9'.repeat(5000)}`, undefined, 404],
    ['GET', '/', undefined, 404],
    ['DELETE', '/api/steps/me/hello/1.0.0', undefined, 404],
    ['PUT', '/api/uploads/..%2f..%2fx', 'x', 404],
    ['POST', '/api/publish', '{', 400],
    ['POST', '/api/publish', '[]', 400],
    ['POST', '/api/publish', JSON.stringify({ manifest: { name: '../x', version: '1' } }), 400],
    ['POST', '/api/publish', JSON.stringify({ __proto__: null, size: 1e300 }), 400],
    ['POST', '/api/publish', ' '.repeat(2 ** 20 + 1), 413],
    ['POST', '/api/publish/done', '{"token": 5}', 404],
  ])('%s %s is refused with JSON', async (method, path, body, status) => {
    await using registry = await startRegistry();
    const reply = await registry.call(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(method === 'POST' ? { token: 'mine' } : {}),
    });
    expect(reply.status).toBe(status);
    expect(typeof reply.body['message']).toBe('string');
    expect(registry.troubles).toEqual([]);
  });

  it('do not get a host of their own making into the answers', async () => {
    await using registry = await startRegistry();
    await registry.publish(await stepArchive(FILES));
    const text = await new Promise<string>((resolve, reject) => {
      const options = { path: '/api/steps/me/hello/*', headers: { host: 'evil"/<x>' } };
      httpRequest(registry.url, options, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    expect(text).toContain(`"tarballUrl":"${registry.url}/`);
  });
});
