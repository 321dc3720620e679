import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Caller } from '../../auth/index.ts';
import type { Build } from '../build.ts';
import { BuilderError } from '../error.ts';
import { createListedBuilder, type ListedBuilder } from './testing/listed-builder.ts';
import { ALICE, BOB, type ServedBuilder, serveBuilder } from './testing/serve-builder.ts';

let builder: ListedBuilder;
let served: ServedBuilder;
const open: AsyncDisposable[] = [];
beforeEach(async () => {
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
  builder = createListedBuilder();
  served = await serveBuilder(builder);
  open.push(served);
});
afterAll(async () => {
  await Promise.all(open.map((each) => each[Symbol.asyncDispose]()));
});

type Json = Readonly<Record<string, unknown>>;

async function read(response: Response | Promise<Response>): Promise<[number, Json]> {
  const { status, headers, json } = await Promise.resolve(response).then(async (found) => ({
    status: found.status,
    headers: found.headers,
    json: (await found.json()) as Json, // looked at by who asked
  }));
  expect(headers.get('access-control-allow-origin')).toBe('*');
  return [status, json];
}

const start = (user = 'alice', tag = 'a'): Promise<Build> =>
  builder.start(
    { login: user, environment: {} },
    { user, source: 'redis', kind: 'nodejs', file: '{}', target: { repository: user, tag } },
  );
const NOT_FOUND = [404, { message: 'Build job not found', status: 'ko' }];

describe('the status of a build', () => {
  it('is told as the original does later, with all that is known of it', async () => {
    const { id, jobName } = await start();
    const waiting = { active: 0, succeeded: 0, failed: 0, startTime: null, completionTime: null };
    expect(await read(served.ask(`/status?id=${id}`))).toMatchObject([
      200,
      { status: 'ok', id, job_name: jobName, phase: 'Pending', ...waiting, data: { id, phase: 'Pending' } },
    ]);
    builder.change(id, { state: 'running', startedAt: Date.UTC(2026, 0, 1, 1), phase: 'push' });
    expect(await read(served.ask(`/status?id=${id}`))).toMatchObject([
      200,
      { phase: 'Running', active: 1, startTime: '2026-01-01T01:00:00.000Z', build: { phase: 'push' } },
    ]);
    builder.change(id, { state: 'cancelled', reason: 'cancelled', endedAt: Date.UTC(2026, 0, 1, 2) });
    expect(await read(served.ask(`/status?id=${id}`))).toMatchObject([
      200,
      {
        phase: 'Failed',
        failed: 1,
        completionTime: '2026-01-01T02:00:00.000Z',
        build: { state: 'cancelled', reason: 'cancelled' },
      },
    ]);
  });

  it('needs an id', async () => {
    for (const query of ['', '?id=', '?other=1'])
      expect(await read(served.ask(`/status${query}`))).toMatchObject([
        400,
        { message: 'No id provided for build status.', status: 'ko' },
      ]);
    expect((await served.ask('/status?id=a&id=b')).status).toBe(400);
  });

  it('is nobody else’s to know, and neither is anything of it', async () => {
    const { id } = await start('bob');
    for (const path of [`/status?id=${id}`, `/log?id=${id}`, `/report?id=${id}`])
      expect(await read(served.ask(path))).toEqual(NOT_FOUND);
    expect(await read(served.post('/cancel', { id }))).toEqual(NOT_FOUND);
    expect((await builder.find(id))?.state).toBe('queued');
    for (const none of ['x', '00000000-0000-0000-0000-000000000000', '../../etc', "' OR 1=1"])
      expect(await read(served.ask(`/status?id=${encodeURIComponent(none)}`))).toEqual(NOT_FOUND);
  });
});

describe('the list of builds', () => {
  it('has the caller’s own, page by page', async () => {
    const ids: string[] = [];
    for (const tag of ['a', 'b', 'c']) ids.unshift((await start('alice', tag)).id);
    await start('bob');
    builder.change(ids[0] ?? '', { state: 'failed' });
    const [, first] = await read(served.ask('/list?limit=2'));
    expect(first).toMatchObject({ builds: [{ id: ids[0] }, { id: ids[1] }], status: 'ok' });
    const [, second] = await read(
      served.ask(`/list?limit=2&continuationToken=${String(first['continuationToken'])}`),
    );
    expect(second).toMatchObject({ builds: [{ id: ids[2] }] });
    expect(second).not.toHaveProperty('continuationToken');
    const [, some] = await read(served.ask('/list?state=queued,running'));
    expect(some).toMatchObject({ builds: [{ id: ids[1] }, { id: ids[2] }] });
    expect(await read(served.ask('/list?user=bob'))).toEqual(NOT_FOUND);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'state=lost', 'continuationToken=%20'])
      expect((await served.ask(`/list?${query}`)).status).toBe(400);
  });
});

describe('the log of a build', () => {
  it('comes as it is printed, to as many as want it, and ends with the build', async () => {
    const { id } = await start();
    builder.print(id, 'first\n');
    const watchers = await Promise.all([1, 2, 3].map(() => served.ask(`/log?id=${id}`)));
    const texts = watchers.map(async (each) => {
      expect([each.status, each.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
      return await each.text();
    });
    builder.print(id, 'second\n');
    builder.print(id, undefined);
    expect(await Promise.all(texts)).toEqual(Array(3).fill('first\nsecond\n'));
  });

  it('goes on from a position, and gives what is there where nobody waits', async () => {
    const { id } = await start();
    builder.print(id, 'first\nsecond\n');
    expect(await (await served.ask(`/log?id=${id}&follow=false&start=6`)).text()).toBe('second\n');
    expect(await (await served.ask(`/log?id=${id}&follow=false&start=600`)).text()).toBe('');
    for (const query of ['start=-1', 'start=x', 'follow=perhaps'])
      expect((await served.ask(`/log?id=${id}&${query}`)).status).toBe(400);
  });

  it('is followed a hundred times at once by one user, and by others still', async () => {
    const { id } = await start('alice');
    const gone = new AbortController();
    const headers = { authorization: ALICE };
    const follow = (signal: AbortSignal) => served.ask(`/log?id=${id}`, { headers, signal });
    const all = await Promise.all(Array.from({ length: 100 }, () => follow(gone.signal)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await read(served.ask(`/log?id=${id}`))).toMatchObject([429, { status: 'ko' }]);
    const bobs = await start('bob');
    const query = `/log?id=${bobs.id}&follow=false`;
    expect((await served.ask(query, { headers: { authorization: BOB } })).status).toBe(200);
    gone.abort();
    const again = `/log?id=${id}&follow=false`;
    await vi.waitFor(async () => expect((await served.ask(again)).status).toBe(200), { timeout: 20_000 });
  });

  it('ends when the server stops', async () => {
    const { id } = await start();
    builder.print(id, 'first\n');
    const watcher = await served.ask(`/log?id=${id}`);
    const reader = watcher.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first\n');
    const rest = reader?.read().then(
      ({ done }) => done,
      () => true,
    );
    await served[Symbol.asyncDispose]();
    expect(await rest).toBe(true);
  });
});

describe('cancelling', () => {
  it('ends a build, and leaves one that has ended as it is', async () => {
    const { id, jobName } = await start();
    expect(await read(served.post('/cancel', { id }))).toMatchObject([
      200,
      { message: 'Build cancelled.', id, job_name: jobName, build: { state: 'cancelled' } },
    ]);
    builder.change(id, { state: 'succeeded' });
    expect(await read(served.post('/cancel', { id }))).toMatchObject([
      200,
      { build: { state: 'succeeded' } },
    ]);
    for (const body of [{}, { id: 7 }, 'null', '[]', '7'])
      expect(await read(served.post('/cancel', body))).toMatchObject([400, { status: 'ko' }]);
  });
});

describe('the report of a build', () => {
  it('is there when the image is', async () => {
    const { id } = await start();
    expect(await read(served.ask(`/report?id=${id}`))).toMatchObject([404, { status: 'ko' }]);
    const report = {
      digest: `sha256:${'a'.repeat(64)}`,
      sizeBytes: 10,
      addedBytes: 1,
      layers: [],
      packages: [],
      attached: {},
    };
    builder.reports.set(id, report);
    expect(await read(served.ask(`/report?id=${id}`))).toMatchObject([200, { report, data: { report } }]);
  });
});

describe('cleaning up', () => {
  it.each<[unknown, number]>([
    [{}, 24],
    [{ max_age_hours: 2 }, 2],
    [{ max_age_hours: '2' }, 2],
    [{ max_age_hours: ' +7 ' }, 7],
    [{ max_age_hours: 2.9 }, 2],
    [{ max_age_hours: -1 }, -1],
    [{ max_age_hours: 0 }, 0],
  ])('takes %j', async (body, hours) => {
    builder.change((await start()).id, { state: 'succeeded' });
    expect(await read(served.post('/cleanup', body))).toMatchObject([
      200,
      { message: 'Cleaned up 1 jobs successfully.', status: 'ok', removed: 1 },
    ]);
    expect(builder.cleaned).toEqual([['alice', hours * 3_600_000]]);
  });

  it.each<[unknown, string]>([
    ['null', 'No JSON payload provided for cleanup.'],
    ['[]', 'The body is not an object.'],
    ['7', 'The body is not an object.'],
    [{ max_age_hours: null }, 'Invalid max_age_hours for the cleanup.'],
    [{ max_age_hours: true }, 'Invalid max_age_hours for the cleanup.'],
    [{ max_age_hours: 'soon' }, 'Invalid max_age_hours for the cleanup.'],
    [{ max_age_hours: '2.5' }, 'Invalid max_age_hours for the cleanup.'],
    [{ max_age_hours: '1; DROP' }, 'Invalid max_age_hours for the cleanup.'],
    ['{"max_age_hours": 1e999}', 'Invalid max_age_hours for the cleanup.'],
    [{ user: 'bob' }, 'Invalid user for the cleanup.'],
  ])('refuses %j', async (body, message) => {
    expect(await read(served.post('/cleanup', body))).toMatchObject([400, { message, status: 'ko' }]);
    expect(builder.cleaned).toEqual([]);
  });

  it('ignores what it does not know, and says so', async () => {
    expect(await read(served.post('/cleanup', { age: 1 }))).toMatchObject([
      200,
      { warnings: ['The field "age" has no meaning here.'] },
    ]);
  });

  it('looks at what the system keeps for a user only', async () => {
    const asking = served.post('/cleanup', {}, { authorization: 'set:only-by-the-user' });
    expect(await read(asking)).toMatchObject([401, { message: 'User environment not found' }]);
  });

  it('is refused to who has no variables, who may look all the same', async () => {
    const authorization = 'nobody:without-variables';
    expect((await served.post('/cleanup', {}, { authorization })).status).toBe(401);
    expect((await served.ask('/list', { headers: { authorization } })).status).toBe(200);
  });

  it('says that it failed', async () => {
    builder.failure = new Error('whatever');
    expect(await read(served.post('/cleanup', {}))).toEqual([
      500,
      { message: 'Failed to clean up old build jobs.', status: 'ko' },
    ]);
  });
});

describe('an image that is to be there', () => {
  const file = Buffer.from('{"name":"x"}').toString('base64');
  const order = { builder: 'nodejs:20', file };

  it('is built once, and found by what it is made of', async () => {
    const [status, answer] = await read(served.post('/ensure', order));
    expect([status, answer]).toMatchObject([202, { message: 'Build queued', state: 'queued', image: null }]);
    const key = String(answer['id']);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    // Where it goes is not the user's to say.
    expect(builder.ensured).toEqual([
      {
        user: { login: 'alice', environment: {}, sources: 'all' },
        request: {
          source: 'team/runtime-nodejs:v20',
          kind: 'nodejs',
          builderId: 'nodejs:20',
          file: '{"name":"x"}',
          retry: true,
        },
      },
    ]);
    expect(await read(served.ask(`/${key}`))).toMatchObject([202, { id: key, state: 'queued' }]);
    const build = await builder.find(key);
    const image = { reference: 'registry/alice:x', digest: `sha256:${'a'.repeat(64)}` };
    builder.change(build?.id ?? '', { state: 'succeeded', image });
    const done = { message: 'Build completed', state: 'succeeded', image: 'registry/alice:x' };
    expect(await read(served.post('/ensure', order))).toMatchObject([200, done]);
    expect(await read(served.ask(`/${key}`))).toMatchObject([200, done]);
    builder.change(build?.id ?? '', { state: 'failed' });
    expect(await read(served.ask(`/${key}`))).toMatchObject([409, { message: 'Build failed', image: null }]);
    expect((await served.post('/ensure', { ...order, retry: false })).status).toBe(409);
    expect((await served.ask(`/${key}`, { headers: { authorization: BOB } })).status).toBe(404);
  });

  it.each<[unknown, string]>([
    ['null', 'No JSON payload provided'],
    [{}, 'Invalid builder for the build.'],
    [{ ...order, builder: 'cobol' }, 'Unknown builder: "cobol"'],
    [{ ...order, builder: 'constructor' }, 'Unknown builder: "constructor"'],
    [{ builder: 'nodejs:20' }, 'Invalid file for the build.'],
    [{ ...order, file: '' }, 'Build file must be a non-empty base64 string'],
    [{ ...order, file: 'YQ' }, 'Build file must be valid base64-encoded UTF-8 text'],
    [{ ...order, file: 'YQ\n==' }, 'Build file must be valid base64-encoded UTF-8 text'],
    [{ ...order, file: '/w==' }, 'Build file must be valid base64-encoded UTF-8 text'],
    [{ ...order, file: 'A'.repeat(750_004) }, 'Build file is too large'],
    [{ ...order, file: 'A'.repeat(700_000) }, 'Decoded build file is too large'],
    [{ ...order, retry: 'yes' }, 'Invalid retry for the build.'],
    [{ ...order, user: 'bob' }, 'Invalid user for the build.'],
  ])('is refused as %.80j', async (body, message) => {
    expect(await read(served.post('/ensure', body))).toMatchObject([400, { message, status: 'ko' }]);
    expect(builder.ensured).toEqual([]);
  });

  it('is asked for by its key alone', async () => {
    for (const key of ['x', 'A'.repeat(64), 'a'.repeat(65)])
      expect(await read(served.ask(`/${key}`))).toMatchObject([400, { message: 'Invalid build id' }]);
    expect(await read(served.ask(`/${'a'.repeat(64)}`))).toMatchObject([404, { message: 'Build not found' }]);
  });

  it('can be of the images that are listed', async () => {
    builder.backend = { isWell: false, about: 'there is no engine' };
    expect(await read(served.ask('/capabilities'))).toMatchObject([
      200,
      {
        builders: [{ id: 'nodejs:20', kind: 'nodejs' }],
        backend: { isWell: false, about: 'there is no engine' },
      },
    ]);
  });
});

describe('what is none of the routes', () => {
  it.each<[string, string, number]>([
    ['GET', '/build/start', 405],
    ['PUT', '/build/start', 405],
    ['DELETE', '/build/cleanup', 405],
    ['POST', '/build/status', 405],
    ['POST', '/build/log', 405],
    ['PATCH', '/build/capabilities', 405],
    ['POST', `/build/${'a'.repeat(64)}`, 405],
    ['POST', '/build/strat', 404],
    ['GET', '/build', 404],
    ['POST', '/build/start/more', 404],
    ['GET', '/auth', 404],
    ['GET', '/build/%ff', 404],
  ])('%s %s is refused in the same words', async (method, path, status) => {
    const response = await fetch(`${served.url}/system/api/v1${path}`, {
      method,
      headers: { authorization: ALICE },
    });
    expect(response.status).toBe(status);
    if (path.includes('%')) return; // no route can be meant, and none of its words are used
    expect(await response.json()).toMatchObject({ status: 'ko', message: expect.any(String) });
    expect(response.headers.has('allow')).toBe(status === 405);
  });

  it('may be asked by pages of others', async () => {
    const response = await served.ask('/start', {
      method: 'OPTIONS',
      headers: { origin: 'https://page.example.com', 'access-control-request-method': 'POST' },
    });
    expect([response.status, response.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'Content-Type,Authorization,Accept',
    ]);
  });
});

describe('what everybody is told', () => {
  it('is which program this is, and what can be asked of it', async () => {
    const about = async (path: string) => await (await fetch(`${served.url}/system/${path}`)).json();
    expect(await about('info')).toEqual({
      message: 'Welcome to Slipway’s image builder, 1.2.3.',
      status: 'ok',
    });
    expect(await about('config')).toEqual({});
    const described = (await about('apispec_1.json')) as { paths: Record<string, Json> }; // see below
    expect(Object.keys(described.paths)).toEqual(
      [
        'start',
        'cleanup',
        'ensure',
        'capabilities',
        'status',
        'list',
        'log',
        'cancel',
        'report',
        '{key}',
      ].map((name) => `/system/api/v1/build/${name}`),
    );
    expect(described.paths['/system/api/v1/build/start']?.['post']).toMatchObject({
      requestBody: {
        content: {
          'application/json': {
            schema: { required: ['source', 'target', 'kind'], properties: { file: {} } },
          },
        },
      },
    });
  });
});

describe('users that cannot be asked for', () => {
  it('are told to come again by our own routes', async () => {
    const response = await served.ask('/list', { headers: { authorization: 'trouble:some' } });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(served.lines.join('')).toContain('the database of users burns');
  });
});

describe('a server that is open', () => {
  it('does what anybody asks who reaches it, and nothing that a page of others asks', async () => {
    const { id } = await start('bob');
    await using lone = await serveBuilder(builder, { access: 'open', hasUsers: false });
    const order = { source: 'redis', target: 'carol:a', kind: 'go' };
    expect((await lone.post('/start', order, {})).status).toBe(200);
    expect((await lone.post('/start', order, { authorization: 'any:thing' })).status).toBe(200);
    expect(builder.started.at(-1)).toMatchObject({
      user: { login: 'carol', environment: {} },
      request: { user: 'carol' },
    });
    expect(await read(lone.ask(`/status?id=${id}`))).toMatchObject([200, { build: { user: 'bob' } }]);
    expect(await read(lone.ask('/list'))).toMatchObject([
      200,
      { builds: [{ user: 'carol' }, { user: 'carol' }, { user: 'bob' }] },
    ]);
    await lone.post('/cleanup', {}, {});
    expect(builder.cleaned.map(([user]) => user).sort()).toEqual(['bob', 'carol']);
    const origin = 'https://page.example.com';
    expect(await read(lone.post('/start', order, { origin }))).toMatchObject([403, { status: 'ko' }]);
    expect((await lone.ask('/list', { headers: { origin } })).status).toBe(403);
    expect(builder.started.map(({ user }) => user.sources)).toEqual([undefined, 'all', 'all']);
    const operators = `${lone.url}/api/slipway/v1/builds/capabilities`;
    expect((await fetch(operators)).status).toBe(200);
    expect((await fetch(operators, { headers: { origin } })).status).toBe(403);
  });

  it('is not led to by a name of somebody else’s', async () => {
    await using lone = await serveBuilder(builder, { access: 'open', hasUsers: false });
    const statusAt = async (path: string, host: string): Promise<number | undefined> => {
      const asking = request(`${lone.url}${path}`, { headers: { host } });
      const [response] = (await once(asking.end(), 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    const { port } = new URL(lone.url);
    for (const path of ['/system/api/v1/build/list', '/api/slipway/v1/builds/capabilities']) {
      expect(await statusAt(path, `localhost:${port}`)).toBe(200);
      expect(await statusAt(path, `rebound.example.com:${port}`)).toBe(403);
    }
  });

  it('is closed where it is not, also without users', async () => {
    await using closed = await serveBuilder(builder, { hasUsers: false });
    expect((await closed.post('/start', {}, {})).status).toBe(401);
    expect((await closed.ask('/list')).status).toBe(401);
  });
});

describe('an operator', () => {
  const asOperator = async (scopes: readonly string[]) => {
    const caller: Caller = { clientId: 'ops', scopes };
    const operated = await serveBuilder(builder, { caller: () => caller });
    open.push(operated);
    return async (path: string, init: RequestInit = {}) =>
      await read(
        fetch(`${operated.url}/api/slipway/v1/builds${path}`, {
          ...init,
          ...(init.body !== undefined && { headers: { 'content-type': 'application/json' } }),
        }),
      );
  };

  it('may what their scopes give, for the users that they name', async () => {
    const { id } = await start('bob');
    const read = await asOperator(['builds:read:bob']);
    expect(await read(`/${id}`)).toMatchObject([200, { build: { id } }]);
    expect(await read('?user=bob')).toMatchObject([200, { builds: [{ id }] }]);
    expect(await read('')).toMatchObject([403, { message: 'The client ops lacks the scope builds:read:*.' }]);
    expect((await read('?user=alice'))[0]).toBe(403);
    expect((await read(`/${id}/cancel`, { method: 'POST' }))[0]).toBe(403);
    expect((await read(`/${(await start('alice')).id}`))[0]).toBe(403);
    const all = await asOperator(['builds:*']);
    expect(await all('')).toMatchObject([200, { builds: [{ user: 'alice' }, { user: 'bob' }] }]);
    expect(await all(`/${id}/cancel`, { method: 'POST' })).toMatchObject([
      200,
      { build: { state: 'cancelled' } },
    ]);
    expect((await all(`/${id}/report`))[0]).toBe(404);
    expect((await all('/capabilities'))[0]).toBe(200);
    expect(await all(`/${id}`, { method: 'DELETE' })).toMatchObject([405, { status: 'ko' }]);
    expect(await all('/cleanup', { method: 'POST', body: '{"user":"Bob"}' })).toMatchObject([200, {}]);
    expect(builder.cleaned.map(([user]) => user)).toEqual(['bob']);
  });

  it('is one who signs', async () => {
    const builds = `${served.url}/api/slipway/v1/builds`;
    for (const path of ['', '/capabilities', '/keys/x'])
      expect(await read(fetch(`${builds}${path}`))).toMatchObject([401, { status: 'ko' }]);
  });

  it('signs also where the server is open, once there are users: their tokens would mean nothing', async () => {
    const anybody = (): Caller => ({ clientId: 'anonymous', scopes: ['*'] });
    await using opened = await serveBuilder(builder, { access: 'open', caller: anybody });
    const { id } = await start('bob');
    for (const path of ['', `/${id}`, `/${id}/log`, '/capabilities'])
      expect(await read(fetch(`${opened.url}/api/slipway/v1/builds${path}`))).toMatchObject([
        401,
        { message: 'The request is not signed.' },
      ]);
    const cancelling = fetch(`${opened.url}/api/slipway/v1/builds/${id}/cancel`, { method: 'POST' });
    expect((await cancelling).status).toBe(401);
  });

  it('builds for a user, with that user’s variables', async () => {
    const order = JSON.stringify({ source: 'redis', target: 'alice:a', kind: 'go' });
    const create = await asOperator(['builds:create:alice', 'builds:create:dave']);
    expect((await create('', { method: 'POST', body: order }))[0]).toBe(200);
    expect(builder.started.at(-1)).toMatchObject({
      user: { sources: 'own', login: 'alice', environment: { REGISTRY_HOST: 'two' } },
      request: { user: 'alice' },
    });
    const other = (user: string) => ({ method: 'POST', body: order.replace('alice', user) });
    expect((await create('', other('bob')))[0]).toBe(403);
    expect(await create('', other('dave'))).toMatchObject([400, { message: 'There is no user "dave".' }]);
  });
});

describe('a builder that is away', () => {
  it('is told as such', async () => {
    builder.failure = new BuilderError('UNAVAILABLE', 'the database cannot be reached');
    const response = await served.ask('/list');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ status: 'ko', detail: 'the database cannot be reached' });
  });
});
