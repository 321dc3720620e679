import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { AuthError, type Caller } from '../../auth/index.ts';
import { DatabaseError } from '../../database/index.ts';
import { QueueError } from '../error.ts';
import { baseUrlOf, methodsOf, type Service, serviceRoutes } from './index.ts';

interface Asked {
  readonly params: object;
  readonly query: object;
  readonly body: unknown;
}

interface World {
  readonly asked: Asked[];
  caller: Caller;
  thrown: unknown;
}

const world: World = { asked: [], caller: { clientId: 'anonymous', scopes: ['*'] }, thrown: undefined };
const stopping = new AbortController();
const row = methodsOf<World>();

const THINGS: Service<World> = {
  name: 'things',
  version: 'v1',
  title: 'Things',
  parameters: {
    id: { pattern: /^[a-z]{1,3}$/ },
    pair: { pattern: /^[a-z]+\/[a-z]+$/, slashes: 'one' },
    name: { pattern: /^[\x20-\x7e]{1,1024}$/, slashes: 'any' },
  },
  methods: [
    row({
      name: 'get',
      verb: 'GET',
      path: '/thing/<id>',
      about: 'gives a thing',
      scopes: 'things:get:<id>',
      query: { limit: /^\d+$/ },
      output: z.strictObject({ id: z.string() }),
      async handle({ params, query, body }, { asked, thrown }) {
        asked.push({ params, query, body });
        if (thrown !== undefined) throw thrown;
        return { id: params.id };
      },
    }),
    row({
      name: 'put',
      verb: 'PUT',
      path: '/thing/<id>',
      about: 'makes a thing',
      input: z.strictObject({
        size: z.int(),
        secret: z.string().exactOptional(),
        more: z.any().exactOptional(),
      }),
      secrets: ['secret'],
      async handle({ params, query, body }, { asked, thrown }) {
        asked.push({ params, query, body });
        if (thrown !== undefined) throw thrown;
        return {};
      },
    }),
    row({
      name: 'pair',
      verb: 'GET',
      path: '/pair/<pair>/count',
      about: 'counts',
      handle: async ({ params }) => params,
    }),
    row({
      name: 'named',
      verb: 'GET',
      path: '/thing/<id>/named/<name>',
      about: 'gives what has a name',
      scopes: { AllOf: [{ each: 'things:read:<name>', for: 'name', in: 'names' }] },
      async handle({ params, authorize }) {
        authorize({ names: [params.name] });
        return params;
      },
    }),
    row({
      name: 'careless',
      verb: 'GET',
      path: '/careless',
      about: 'forgets to ask who calls',
      scopes: { AllOf: [{ each: '<scope>', for: 'scope', in: 'scopes' }] },
      handle: async () => ({ secret: true }),
    }),
    row({
      name: 'base',
      verb: 'GET',
      path: '/base',
      about: 'says where the client found it',
      handle: async ({ baseUrl }) => ({ baseUrl }),
    }),
    row({
      name: 'wait',
      verb: 'POST',
      path: '/wait',
      about: 'waits',
      async handle({ waiting, isWanted }) {
        const signal = waiting();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { isWanted: await isWanted() };
      },
    }),
    row({
      name: 'nothing',
      verb: 'POST',
      path: '/nothing',
      about: 'does nothing',
      status: 204,
      handle: async () => undefined,
    }),
  ],
};

let app: FastifyInstance;
let url: string;
beforeAll(async () => {
  app = fastify({ logger: false });
  await app.register(
    serviceRoutes(THINGS, {
      on: world,
      authenticate: ({ headers }) => {
        if (headers['authorization'] === 'wrong') throw new AuthError('the signature does not fit');
        return world.caller;
      },
      baseUrlOf: baseUrlOf({ trustProxy: true }),
      stopping: stopping.signal,
      now: () => Date.UTC(2026, 0, 1),
    }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => await app.close());

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** As it is written: `fetch` would tidy paths up. */
function ask(
  path: string,
  options: { method?: string; headers?: object; body?: string | Buffer } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { path, method, headers: { ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const V1 = '/api/things/v1';
const json = { 'content-type': 'application/json' };
const codeOf = ({ text }: Answer): string => JSON.parse(text).code;
const put = (body: string | Buffer, headers: object = json) =>
  ask(`${V1}/thing/a`, { method: 'PUT', headers, body });

it('answers with JSON and with the headers of the contract, also where it refuses', async () => {
  for (const path of [`${V1}/thing/abc`, `${V1}/thing/ABC`, `${V1}/none`]) {
    const { headers } = await ask(path, { headers: { 'x-taskcluster-trace-id': 'trace-1' } });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'access-control-allow-headers':
        'X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control',
      'access-control-max-age': '900',
      'cache-control': 'no-store no-cache must-revalidate',
      'x-for-trace-id': 'trace-1',
    });
    expect(headers['access-control-allow-methods']).toContain('PUT');
    expect(headers['x-for-request-id']).toMatch(/./);
  }
});

it.each([
  ['content-length', { 'content-length': String(9 * 1024 * 1024) }],
  ['transfer-encoding', { 'transfer-encoding': 'chunked' }],
])('waits for no large body of somebody who does not sign: %s', async (_header, headers) => {
  const before = world.caller;
  world.caller = { clientId: 'anonymous', scopes: ['things:public:*'] };
  try {
    const options = { path: `${V1}/thing/a`, method: 'PUT', headers: { ...json, ...headers } };
    const sent = httpRequest(url, options);
    sent.flushHeaders(); // and then nothing: an answer cannot come of having read the body
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(403);
    sent.destroy();
    world.caller = { clientId: 'somebody', scopes: [] };
    expect((await put(JSON.stringify({ size: 1, more: 'x'.repeat(100_000) }))).status).toBe(200);
  } finally {
    world.caller = before;
  }
});

it('answers a preflight of a browser', async () => {
  const { status, headers } = await ask(`${V1}/thing/abc`, { method: 'OPTIONS' });
  expect(status).toBe(204);
  expect(headers['access-control-allow-origin']).toBe('*');
});

it.each([
  ['GET', `${V1}/none`],
  ['GET', `${V1}/`],
  ['DELETE', `${V1}/thing/abc`],
  ['POST', `${V1}/thing/abc`],
  ['GET', `${V1}/thing/abc/`],
])('has nothing at %s %s', async (method, path) => {
  const answer = await ask(path, { method });
  expect(answer).toMatchObject({ status: 404, text: '{"error":"Not found"}' });
});

it('answers HEAD as GET, without the body', async () => {
  expect(await ask(`${V1}/thing/abc`, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

it('answers nothing with 204', async () => {
  expect(await ask(`${V1}/nothing`, { method: 'POST' })).toMatchObject({ status: 204, text: '' });
});

it('decodes parameters of a path, and takes their slashes escaped or not', async () => {
  for (const path of [`${V1}/pair/a%2Fb/count`, `${V1}/pair/a/b/count`, `${V1}/pair/a%2fb/count`]) {
    expect(JSON.parse((await ask(path)).text)).toEqual({ pair: 'a/b' });
  }
  for (const name of ['public/a b/x.txt', '100%/%2F/a', 'a?b#c', '../../etc', 'a//b', "it's:+&=;,$@~"]) {
    const escaped = await ask(`${V1}/thing/a/named/${encodeURIComponent(name)}`);
    expect(JSON.parse(escaped.text)).toEqual({ id: 'a', name });
  }
  const plain = await ask(`${V1}/thing/a/named/public/logs/live.log`);
  expect(JSON.parse(plain.text)).toEqual({ id: 'a', name: 'public/logs/live.log' });
});

it.each([
  ['a parameter of the path', `${V1}/thing/ABC`, 'id in the path is "ABC"'],
  ['an empty name', `${V1}/thing/a/named/`, 'name in the path'],
  ['a name that is no ASCII', `${V1}/thing/a/named/%C3%A9`, 'name in the path'],
  ['a name that is too long', `${V1}/thing/a/named/${'x'.repeat(1025)}`, 'name in the path'],
  ['half a pair', `${V1}/pair/a/count`, 'pair in the path'],
  ['a name in the query', `${V1}/thing/a?limit=1&other=2`, 'the query has "other": expected limit'],
  ['a name of an object in the query', `${V1}/thing/a?constructor=2`, 'the query has "constructor"'],
  ['a value in the query', `${V1}/thing/a?limit=x`, 'limit in the query is "x"'],
  ['a value twice', `${V1}/thing/a?limit=1&limit=2`, 'limit is in the query more than once'],
])('refuses %s', async (_what, path, message) => {
  const answer = await ask(path);
  expect(answer.status).toBe(400);
  expect(codeOf(answer)).toBe('InvalidRequestArguments');
  expect(JSON.parse(answer.text).message).toContain(message);
});

it('says all mistakes of path and query', async () => {
  const { text } = await ask(`${V1}/thing/a?x=1&y=2&limit=z`);
  expect(JSON.parse(text).message).toMatch(/"x".*\n.*"y".*\n.*"z"/);
});

it('takes the signature of a URL for no part of the query', async () => {
  expect((await ask(`${V1}/thing/a?bewit=abc`)).status).toBe(200);
  expect(world.asked.at(-1)).toEqual({ params: { id: 'a' }, query: {}, body: undefined });
});

it('takes JSON with its type, in every way to write that', async () => {
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
    expect((await put('{"size":1}', { 'content-type': type })).status).toBe(200);
  }
});

it.each([
  ['another type', '{"size":1}', { 'content-type': 'text/plain' }],
  ['a type that only begins so', '{"size":1}', { 'content-type': 'application/jsonp' }],
  ['no type', '{"size":1}', {}],
  ['no body', '', json],
  ['half a body', '{"size":', json],
  ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), json],
  ['a compressed body', Buffer.from([0x1f, 0x8b, 0x08]), { ...json, 'content-encoding': 'gzip' }],
  ['a body that is nested too deep', `{"size":1,"more":${'['.repeat(200)}${']'.repeat(200)}}`, json],
  ['a body that would exhaust the stack', '['.repeat(4_000_000), json],
  ['the name of a prototype', '{"size":1,"more":{"__proto__":{"x":1}}}', json],
  ['a number that no program can hold', '{"size":1,"more":[1e999]}', json],
])('refuses %s as malformed', async (_what, body, headers) => {
  const answer = await put(body, headers);
  expect(answer.status).toBe(400);
  expect(codeOf(answer)).toBe('MalformedPayload');
});

it('lets the last of equal fields count, as JSON is read everywhere', async () => {
  expect((await put('{"size":"x","size":2}')).status).toBe(200);
  expect(world.asked.at(-1)?.body).toEqual({ size: 2 });
});

it('refuses a body that does not fit its schema, with all places', async () => {
  const answer = await put('{"size":1.5,"other":1,"secret":3}');
  expect(codeOf(answer)).toBe('InputValidationError');
  const { message } = JSON.parse(answer.text);
  expect(message).toContain('* size: ');
  expect(message).toContain('* secret: ');
  expect(message).toContain('* the body: Unrecognized key: "other"');
});

it('takes 10 MB, and refuses one byte more', async () => {
  const around = '{"size":1,"more":""}';
  const fitting = (sizeBytes: number) => around.replace('""', `"${'x'.repeat(sizeBytes - around.length)}"`);
  expect((await put(fitting(10 * 1024 * 1024))).status).toBe(200);
  const answer = await put(fitting(10 * 1024 * 1024 + 1));
  expect(answer.status).toBe(413);
  expect(codeOf(answer)).toBe('InputTooLarge');
});

it('looks at no body where a method takes none', async () => {
  const answer = await ask(`${V1}/nothing`, {
    method: 'POST',
    headers: { 'content-type': 'text/x' },
    body: '{',
  });
  expect(answer.status).toBe(204);
});

it('says an error in the form of the contract, without secrets', async () => {
  world.thrown = new QueueError('RequestConflict', 'it is another one');
  const answer = await put('{"size":1,"secret":"hidden"}', { ...json, authorization: 'Hawk id="x"' });
  world.thrown = undefined;
  expect(answer.status).toBe(409);
  expect(JSON.parse(answer.text)).toEqual({
    code: 'RequestConflict',
    message:
      'it is another one\n\n---\n\n* method:     put\n* errorCode:  RequestConflict\n* statusCode: 409\n* time:       2026-01-01T00:00:00.000Z',
    requestInfo: {
      method: 'put',
      params: { id: 'a' },
      payload: { size: 1, secret: '(not repeated)' },
      time: '2026-01-01T00:00:00.000Z',
    },
  });
  expect(answer.text).not.toContain('Hawk');
});

it('does not repeat a large body', async () => {
  const answer = await put(`{"size":"x","more":"${'x'.repeat(100_000)}"}`);
  expect(answer.status).toBe(400);
  expect(answer.text.length).toBeLessThan(1000);
});

it.each([
  ['MalformedPayload', 400],
  ['InvalidRequestArguments', 400],
  ['InputValidationError', 400],
  ['InputError', 400],
  ['AuthenticationFailed', 401],
  ['InsufficientScopes', 403],
  ['ResourceNotFound', 404],
  ['RequestConflict', 409],
  ['ResourceExpired', 410],
  ['InputTooLarge', 413],
] as const)('answers %s with %i', async (code, status) => {
  world.thrown = new QueueError(code, 'x');
  const answer = await ask(`${V1}/thing/a`);
  world.thrown = undefined;
  expect(answer.status).toBe(status);
  expect(codeOf(answer)).toBe(code);
});

it('asks to come again later where the database is away', async () => {
  world.thrown = new DatabaseError('UNAVAILABLE', 'postgres://host/secret is gone');
  const answer = await ask(`${V1}/thing/a`);
  world.thrown = undefined;
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.text).not.toContain('postgres');
});

it('tells nothing of an error of its own', async () => {
  world.thrown = new Error('the password is 1234');
  const answer = await ask(`${V1}/thing/a`);
  world.thrown = undefined;
  expect(answer.status).toBe(500);
  expect(codeOf(answer)).toBe('InternalServerError');
  expect(answer.text).not.toContain('1234');
});

it('refuses a wrong signature before anything else is looked at', async () => {
  const answer = await ask(`${V1}/thing/ABC`, { headers: { authorization: 'wrong' } });
  expect(answer.status).toBe(401);
  expect(codeOf(answer)).toBe('AuthenticationFailed');
});

it('refuses a caller with a scope that is one character short, and says which', async () => {
  world.caller = { clientId: 'somebody', scopes: ['things:get:a', 'things:get:ab', 'things:read:public/*'] };
  expect((await ask(`${V1}/thing/a`)).status).toBe(200);
  const answer = await ask(`${V1}/thing/abc`);
  const named = await ask(`${V1}/thing/a/named/private/x`);
  expect((await ask(`${V1}/thing/a/named/public/x`)).status).toBe(200);
  world.caller = { clientId: 'anonymous', scopes: ['*'] };
  for (const [refused, scope] of [
    [answer, 'things:get:abc'],
    [named, 'things:read:private/x'],
  ] as const) {
    expect(refused.status).toBe(403);
    expect(codeOf(refused)).toBe('InsufficientScopes');
    expect(JSON.parse(refused.text).message).toContain(`It lacks:\n\n    ${scope}\n`);
    expect(JSON.parse(refused.text).message).toContain('The client somebody does not');
  }
});

it('lets no answer out for which nobody looked at the scopes', async () => {
  const answer = await ask(`${V1}/careless`);
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('secret');
});

it.each([
  [{ host: 'queue.example.com:8080' }, 'http://queue.example.com:8080'],
  [{ host: '[::1]:80' }, 'http://[::1]:80'],
  [{ host: 'a', 'x-forwarded-proto': 'https' }, 'https://a'],
  [{ host: 'a', 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' }, 'https://a'],
  [{ host: 'a', 'x-forwarded-host': 'b.example', 'x-forwarded-port': '8443' }, 'http://b.example:8443'],
])('gives out URLs as the client that sends %j found it', async (headers, baseUrl) => {
  expect(JSON.parse((await ask(`${V1}/base`, { headers })).text)).toEqual({ baseUrl });
});

it('gives out no URL to a host that is none', async () => {
  expect((await ask(`${V1}/base`, { headers: { host: 'a/b@c' } })).status).toBe(400);
});

it('describes itself', async () => {
  const { text } = await ask(`${V1}/openapi.json`);
  const description = JSON.parse(text);
  expect(description.openapi).toBe('3.1.0');
  expect(description.paths['/thing/{id}'].put).toMatchObject({
    operationId: 'put',
    parameters: [{ name: 'id', in: 'path', required: true }],
    requestBody: { content: { 'application/json': { schema: { type: 'object', required: ['size'] } } } },
  });
  expect(description.paths['/thing/{id}'].get).toMatchObject({ 'x-scopes': 'things:get:<id>' });
});

it('ends what waits when the server stops, and answers it', async () => {
  const answer = ask(`${V1}/wait`, { method: 'POST' });
  await ask(`${V1}/base`); // the other one is there by now
  stopping.abort();
  expect(JSON.parse((await answer).text)).toEqual({ isWanted: true });
});
