import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startStandInCouch } from '../../src/auth/openwhisk/testing/stand-in-couch.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests
const UUID = '11111111-2222-3333-4444-555555555555';
const KEY = 'a-key-of-enough-characters';
const TOKEN = `${UUID}:${KEY}`;
const ORDER = { source: 'team/runtime:1', target: 'alice:web', kind: 'nodejs' };
const NOWHERE = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };

const serveBuilder = (rig: Rig, words: readonly string[], environment: Record<string, string> = {}) =>
  serve(rig, ['server', '--port', '0', ...words], { environment: { ...NOWHERE, ...environment } });

async function build({ url }: Served, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/system/api/v1/build${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: Record<string, unknown> = { ...((await response.json()) as object), code: response.status };
  return answer; // looked at by who asked
}

function writeUsers(rig: Rig, users: readonly object[]): string {
  const file = join(rig.folder, 'users.json');
  writeFileSync(file, JSON.stringify(users), { mode: 0o600 });
  return file;
}

describe('slipway server with an image builder', () => {
  it('says what is missing where nobody has said anything of it, and is well', async () => {
    await using rig = createRig();
    const served = await serveBuilder(rig, []);
    expect(await build(served, '/start', ORDER)).toMatchObject({
      code: 500,
      status: 'ko',
      message: expect.stringContaining('--registry-host'),
    });
    expect(await build(served, '/list')).toMatchObject({ code: 200, builds: [] });
    expect(JSON.parse((await ask(served.url, '/healthz')).text)).toEqual({ status: 'ok' });
    expect((await ask(served.url, '/system/info')).status).toBe(200);
    expect((await ask(served.url, '/metrics')).text).toContain('slipway_builds_queued 0');
    expect(served.log().find(({ msg }) => msg.startsWith('serving'))).toMatchObject({
      builder: 'docker',
      msg: expect.stringContaining('image builder'),
    });
  });

  it('knows the users of a file, until they are taken out of it', async () => {
    await using rig = createRig();
    const file = writeUsers(rig, [{ login: 'alice', uuid: UUID, key: KEY, env: { A: 'b' } }]);
    const words = ['--no-tasks', '--build-users', file, '--registry-host', '127.0.0.1:1'];
    const served = await serveBuilder(rig, words);
    expect(await build(served, '/start', ORDER)).toMatchObject({ code: 401 });
    const authorization = TOKEN;
    expect(await build(served, '/list', undefined, { authorization })).toMatchObject({ code: 200 });
    const started = await build(served, '/start', ORDER, { authorization });
    expect(started).toMatchObject({ code: 200, status: 'ok' });
    // There is no engine: the build ends with a reason, and the server says that it is not well.
    await vi.waitFor(async () => {
      const status = await build(served, `/status?id=${String(started['id'])}`, undefined, { authorization });
      expect(status).toMatchObject({ phase: 'Failed', build: { state: 'failed', reason: 'backend-failed' } });
    }, PATIENT);
    expect(JSON.parse((await ask(served.url, '/healthz')).text)).toEqual({
      status: 'failing',
      failing: ['image-builder'],
    });
    writeUsers(rig, []);
    await vi.waitFor(
      async () =>
        expect(await build(served, '/list', undefined, { authorization })).toMatchObject({ code: 401 }),
      PATIENT,
    );
    for (const secret of [UUID, KEY]) expect(JSON.stringify(served.log())).not.toContain(secret);
  });

  it('asks a CouchDB for users, by the original’s names, until they are removed there', async () => {
    await using couch = await startStandInCouch();
    const subject = { subject: 'alice', namespaces: [{ name: 'alice', uuid: UUID, key: KEY }] };
    await couch.put('nuvolaris_subjects', 'alice', subject);
    const user = { login: 'alice', env: [{ key: 'A', value: 'b' }] };
    await couch.put('nuvolaris_users_metadata', 'alice', user);
    await using rig = createRig();
    const { hostname, port } = new URL(couch.url);
    const served = await serveBuilder(rig, [], {
      COUCHDB_SERVICE_HOST: hostname,
      COUCHDB_SERVICE_PORT: port,
      COUCHDB_ADMIN_USER: couch.username,
      COUCHDB_ADMIN_PASSWORD: couch.password,
    });
    const authorization = `Basic ${Buffer.from(TOKEN).toString('base64')}`;
    const list = () => build(served, '/list', undefined, { authorization });
    expect(await list()).toMatchObject({ code: 200 });
    expect(await build(served, '/list')).toMatchObject({
      code: 401,
      message: 'Missing authorization header',
    });
    couch.remove('nuvolaris_subjects', 'alice');
    await vi.waitFor(async () => expect(await list()).toMatchObject({ code: 401 }), PATIENT);
    couch.fault = { kind: 'reset' };
    const asking = build(served, '/start', ORDER, { authorization: 'another:token' });
    expect(await asking).toMatchObject({ code: 401, message: 'Invalid authorization' });
    expect(JSON.stringify(served.log())).toContain('CouchDB at');
    expect(JSON.stringify(served.log())).not.toContain(couch.password);
    expect(JSON.parse((await ask(served.url, '/healthz')).text)).toMatchObject({
      failing: expect.arrayContaining(['users']),
    });
  });

  it('is told what its operators may by their scopes', async () => {
    await using rig = createRig();
    const file = join(rig.folder, 'clients.yml');
    const client = { clientId: 'ops', accessToken: 'a-token-for-this-test-only', scopes: [] };
    writeFileSync(file, JSON.stringify([client]), { mode: 0o600 });
    const served = await serveBuilder(rig, ['--clients', file, '--registry-host', '127.0.0.1:1']);
    expect((await ask(served.url, '/api/slipway/v1/builds')).status).toBe(401);
    expect((await ask(served.url, '/api/slipway/v1/')).status).toBe(200);
    expect(await build(served, '/list')).toMatchObject({ code: 401 });
    expect(served.log().some(({ level, msg }) => level === 'warn' && msg.includes('--build-users'))).toBe(
      true,
    );
  });

  it('can be left out', async () => {
    await using rig = createRig();
    const served = await serveBuilder(rig, ['--builder', 'off']);
    expect((await ask(served.url, '/system/info')).status).toBe(404);
  });

  it.each<[string, (rig: Rig) => string[], RegExp]>([
    [
      'users that cannot be read',
      () => ['--build-users', 'none.yml'],
      /the users have a mistake\n.*no such file/,
    ],
    [
      'users that are wrong',
      (rig) => ['--build-users', writeUsers(rig, [{ login: 'a b' }])],
      /users\.json:1:\d+: error: \[0\]\.login: expected letters/,
    ],
    [
      'a catalogue that is none',
      (rig) => {
        rig.write('catalog.json', '{"x": {"kind": "cobol", "source": "a"}}');
        return ['--build-catalog', 'catalog.json'];
      },
      /the catalogue .*catalog\.json cannot be used: x\.kind: /,
    ],
    [
      'certificates that are none',
      () => ['--build-ca', 'wercker.yml'],
      /wercker\.yml has no certificate in it/,
    ],
  ])('does not start with %s', async (_what, words, message) => {
    await using rig = createRig('box: busybox\n');
    const { exitCode, stderr } = await rig.run([
      'server',
      '--port',
      '0',
      '--builder',
      'docker',
      ...words(rig),
    ]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
