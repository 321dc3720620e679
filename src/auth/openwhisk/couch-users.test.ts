import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { authenticateWhisk, WhiskAuthError } from './authenticate.ts';
import { openCouchUsers } from './open-couch-users.ts';
import { type CouchFault, startStandInCouch } from './testing/stand-in-couch.ts';
import { WhiskUsersError } from './whisk-user.ts';

const couch = await startStandInCouch();
afterAll(async () => await couch[Symbol.asyncDispose]());

const [UUID, KEY] = ['11111111-2222-3333-4444-555555555555', 'a-key-that-is-long-enough'];
const TOKEN = { uuid: UUID, key: KEY };
const SUBJECT = { subject: 'Alice', namespaces: [{ name: 'Alice', uuid: UUID, key: KEY }] };
const USER = {
  login: 'Alice',
  email: 'alice@example.com',
  password: 'bcrypt',
  env: [
    { key: 'A', value: '1' },
    { key: 'N', value: 7 },
  ],
  userenv: [{ key: 'REGISTRY_HOST', value: 'registry.example.com' }],
};

let now = 0;
beforeEach(async () => {
  now = 0;
  couch.fault = undefined;
  (couch.asked as string[]).length = 0; // its own list
  await couch.put('nuvolaris_subjects', 'Alice', SUBJECT);
  await couch.put('nuvolaris_users_metadata', 'Alice', USER);
});

const open = (more: Partial<Parameters<typeof openCouchUsers>[0]> = {}) =>
  openCouchUsers({
    url: couch.url,
    username: couch.username,
    password: couch.password,
    clock: () => now,
    ...more,
  });

describe('users in a CouchDB', () => {
  it('are found by their token: first whose it is, then who that is', async () => {
    using users = await open();
    expect(await users.find(TOKEN)).toEqual({
      login: 'alice',
      email: 'alice@example.com',
      env: { A: '1', N: '7' },
      userenv: { REGISTRY_HOST: 'registry.example.com' },
    });
    expect(couch.asked).toEqual(['POST /nuvolaris_subjects/_find', 'POST /nuvolaris_users_metadata/_find']);
    expect(await users.find({ uuid: UUID, key: 'another' })).toBeUndefined();
    expect(await users.find({ uuid: 'another', key: KEY })).toBeUndefined();
    expect(await users.findByLogin('Alice')).toMatchObject({ login: 'alice' });
    expect(await users.findByLogin('Bob')).toBeUndefined();
  });

  it('are asked for once by many at once, and again two seconds later, so that who was removed is nobody', async () => {
    using users = await open();
    const found = await Promise.all(Array.from({ length: 50 }, () => users.find(TOKEN)));
    expect(found.every((each) => each?.login === 'alice')).toBe(true);
    expect(couch.asked).toHaveLength(2);
    couch.remove('nuvolaris_subjects', 'Alice');
    now += 2000;
    expect(await users.find(TOKEN)).toBeUndefined();
    await couch.put('nuvolaris_subjects', 'Alice', SUBJECT);
    couch.remove('nuvolaris_users_metadata', 'Alice');
    now += 2000;
    expect(await users.find(TOKEN)).toBeUndefined();
  });

  it('are found where CouchDB has closed the connection meanwhile', async () => {
    using users = await open();
    for (let time = 0; time < 5; time += 1) {
      now += 2000;
      expect(await users.find(TOKEN)).toBeDefined();
      couch.dropConnections(); // of which the client has not heard when it asks again
    }
  });

  it('are nobody where their subject is blocked', async () => {
    await couch.put('nuvolaris_subjects', 'Alice', { ...SUBJECT, blocked: true });
    using users = await open();
    expect(await users.find(TOKEN)).toBeUndefined();
  });

  it('may be in databases of another prefix, and behind a path', async () => {
    await couch.put('openserverless_subjects', 'Alice', SUBJECT);
    await couch.put('openserverless_users_metadata', 'Alice', { login: 'Alice' });
    using users = await open({ prefix: 'openserverless_' });
    expect(await users.find(TOKEN)).toEqual({ login: 'alice', env: {}, userenv: {} });
    using below = await open({ url: `${couch.url}/couch` });
    await expect(below.find(TOKEN)).rejects.toThrow(WhiskUsersError);
    expect(couch.asked.at(-1)).toBe('POST /couch/nuvolaris_subjects/_find');
  });

  it.each(['\u212aarl', 'k\u0131m', 'ali\u200bce', 'a b', ''])('have no login like %j', async (login) => {
    await couch.put('nuvolaris_subjects', 'Alice', { ...SUBJECT, subject: login || 'x' });
    await couch.put('nuvolaris_users_metadata', 'Alice', { ...USER, login });
    using users = await open();
    const found = await users.find(TOKEN).catch((error: unknown) => error);
    expect([undefined, expect.any(WhiskUsersError)]).toContainEqual(found);
  });

  it('are no others that a database takes for the same', async () => {
    const answers = [{ ...SUBJECT, subject: 'Ali\u200bce' }, USER];
    const server = createServer((request, response) => {
      request.resume();
      response.end(JSON.stringify({ docs: [answers[request.url?.includes('subjects') ? 0 : 1]] }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port
    try {
      using users = await open({ url: `http://127.0.0.1:${port}` });
      expect(await users.find(TOKEN)).toBeUndefined();
      expect(await users.findByLogin('Alice')).toMatchObject({ login: 'alice' });
    } finally {
      server.close();
    }
  });

  it('cannot be found by what is no text of a token', async () => {
    using users = await open();
    for (const key of ['{"$gt":null}', '*', '.*', "' or 1=1"])
      expect(await users.find({ uuid: UUID, key })).toBeUndefined();
  });
});

describe('a CouchDB behind TLS', () => {
  it('is trusted by those who know its authority, and by nobody else', async () => {
    const folder = resolve(import.meta.dirname, '../../../test/support/tls');
    const [key, cert] = ['server.key', 'server.crt'].map((name) =>
      readFileSync(resolve(folder, name), 'utf8'),
    );
    await using secured = await startStandInCouch({ key: key ?? '', cert: cert ?? '' });
    await secured.put('nuvolaris_subjects', 'Alice', SUBJECT);
    await secured.put('nuvolaris_users_metadata', 'Alice', USER);
    const { port } = new URL(secured.url);
    using users = await open({ url: `https://localhost:${port}`, ca: cert ?? '' });
    expect(await users.find(TOKEN)).toMatchObject({ login: 'alice' });
    using stranger = await open({ url: `https://localhost:${port}` });
    await expect(stranger.find(TOKEN)).rejects.toThrow('certificate');
  });
});

describe('a CouchDB in trouble', () => {
  it.each<[CouchFault, RegExp]>([
    [{ kind: 'status', status: 500 }, /answered 500 .*nuvolaris_subjects/],
    [{ kind: 'status', status: 401 }, /check COUCHDB_ADMIN_USER/],
    [{ kind: 'status', status: 302 }, /answered 302/],
    [{ kind: 'answer', body: '<html>' }, /no CouchDB/],
    [{ kind: 'answer', body: '{"docs":{}}' }, /no CouchDB/],
    [{ kind: 'answer', body: 'null' }, /no CouchDB/],
    [{ kind: 'answer', body: '{"docs":[{"subject":7}]}' }, /none of OpenServerless/],
    [{ kind: 'reset' }, /cannot be asked: /],
    [{ kind: 'silent' }, /no answer within 200 ms/],
    [{ kind: 'flood' }, /larger than|no answer within/],
  ])('makes nobody a user, and says why: %j', async (fault, why) => {
    using users = await open({ timeoutMs: 200 });
    couch.fault = fault;
    const error = await users.find(TOKEN).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(WhiskUsersError);
    expect(error).toMatchObject({ message: expect.stringMatching(why) });
    for (const secret of [KEY, couch.password]) expect(String(error)).not.toContain(secret);
    // A document that is broken is one user's trouble, and not the database's.
    expect(await users.isWell()).toBe(String(error).includes('none of OpenServerless'));
    couch.fault = undefined;
    expect(await users.find(TOKEN)).toBeDefined(); // trouble is not remembered
    expect(await users.isWell()).toBe(true);
  });

  it('is told where nothing listens, where the password is wrong, and where there is no such database', async () => {
    using nowhere = await open({ url: 'http://127.0.0.1:1' });
    await expect(nowhere.find(TOKEN)).rejects.toThrow('cannot be asked: connect ECONNREFUSED');
    using wrong = await open({ password: 'wrong' });
    await expect(wrong.find(TOKEN)).rejects.toThrow('answered 401');
    using none = await open({ prefix: 'none_' });
    await expect(none.find(TOKEN)).rejects.toThrow('there is no such database: check its prefix');
  });

  it('is another refusal than being nobody', async () => {
    using users = await open();
    couch.fault = { kind: 'reset' };
    const error = await authenticateWhisk(users, `${UUID}:${KEY}`).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(WhiskAuthError);
    expect(error).toMatchObject({ refusal: 'unavailable', message: 'Invalid authorization' });
    couch.fault = undefined;
    expect((await authenticateWhisk(users, `${UUID}:${KEY}`)).login).toBe('alice');
    await expect(authenticateWhisk(users, `${UUID}:other`)).rejects.toMatchObject({ refusal: 'unknown' });
    await expect(authenticateWhisk(users, undefined)).rejects.toMatchObject({ refusal: 'missing' });
  });
});
