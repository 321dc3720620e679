import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BuilderClientError, openBuilderClient } from './index.ts';

const ID = '6f1d1f5e-4a2b-4c3d-8e9f-0a1b2c3d4e5f';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const JOB = `build-alice-${ID}`;

const RUNNING = { id: ID, jobName: JOB, state: 'running', phase: 'build', target: 'alice:one' };
const DONE = {
  ...RUNNING,
  phase: undefined,
  state: 'succeeded',
  image: { reference: '127.0.0.1:5000/alice:one', digest: DIGEST },
};

interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

type Route = (asked: Asked, response: ServerResponse) => void;

const servers = new Set<{ close(): void; closeAllConnections(): void }>();

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers.clear();
});

/** A server that answers with routes, by `VERB path`; what it was asked is kept. */
async function serve(routes: Readonly<Record<string, Route>>) {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const piece of request) text += piece;
    const { method = '', url = '' } = request;
    const one = {
      method,
      url,
      token: request.headers.authorization,
      body: text === '' ? undefined : JSON.parse(text),
    };
    asked.push(one);
    const route = routes[`${method} ${url.replace(/\?.*/, '').replace('/system/api/v1/build/', '')}`];
    if (route === undefined) html(404)(one, response);
    else route(one, response);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.add(server);
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { url: `http://127.0.0.1:${port}/system`, asked };
}

const json =
  (status: number, body: object): Route =>
  (_asked, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const ok = (fields: object): Route => json(200, { message: 'ok', status: 'ok', ...fields });

const html =
  (status: number): Route =>
  (_asked, response) =>
    void response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');

const inTurn = (...routes: readonly Route[]): Route => {
  let turn = 0;
  return (asked, response) => routes[Math.min(turn++, routes.length - 1)]?.(asked, response);
};

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** A log of which a connection gives `upTo` bytes and breaks; the whole of it where that is absent. */
const log =
  (text: string, upTo?: number): Route =>
  ({ url }, response) => {
    const start = Number(new URLSearchParams(url.split('?')[1]).get('start'));
    response.writeHead(200, TEXT);
    if (upTo === undefined) return void response.end(text.slice(start));
    response.write(text.slice(start, upTo), () => response.destroy());
  };

async function followed(client: ReturnType<typeof openBuilderClient>) {
  let text = '';
  const build = await client.follow(ID, {
    onBytes(bytes) {
      text += Buffer.from(bytes).toString();
    },
  });
  return { text, build };
}

describe('starting a build', () => {
  it('sends the requirement file in base64, with the token as it is', async () => {
    const server = await serve({ 'POST start': ok({ id: ID, job_name: JOB, build: RUNNING }) });
    const client = openBuilderClient({ url: `${server.url}/`, token: 'uuid:key' });
    const started = await client.start({
      source: 'a:1',
      target: 'alice:one',
      kind: 'python',
      file: 'zażółć==1\n',
      force: true,
    });
    expect(started).toEqual({ id: ID, jobName: JOB, build: RUNNING, warnings: [] });
    expect(server.asked).toEqual([
      {
        method: 'POST',
        url: '/system/api/v1/build/start',
        token: 'uuid:key',
        body: {
          source: 'a:1',
          target: 'alice:one',
          kind: 'python',
          file: Buffer.from('zażółć==1\n').toString('base64'),
          force: true,
        },
      },
    ]);
  });

  it('is answered by the original, at the top of the answer or below data', async () => {
    for (const fields of [{ id: ID, job_name: JOB }, { data: { id: ID, job_name: JOB } }]) {
      const server = await serve({ 'POST start': ok(fields) });
      const started = await openBuilderClient(server).start({ source: 'a', target: 'alice:b', kind: 'go' });
      expect(started).toEqual({ id: ID, jobName: JOB, warnings: [] });
    }
  });

  it('is not tried again where the server is in trouble, since it may have been taken', async () => {
    const server = await serve({
      'POST start': inTurn(
        json(500, { message: 'No registry', status: 'ko' }),
        ok({ id: ID, job_name: JOB }),
      ),
    });
    const starting = openBuilderClient(server).start({ source: 'a', target: 'alice:b', kind: 'go' });
    await expect(starting).rejects.toThrow(/^start: No registry$/);
    expect(server.asked).toHaveLength(1);
  });

  it('says what a server refuses, safe to print, and how the token is had', async () => {
    const message = 'Invalid authorization\u001b[2J';
    const server = await serve({ 'POST start': json(401, { message, status: 'ko' }) });
    const starting = openBuilderClient(server).start({ source: 'a', target: 'alice:b', kind: 'go' });
    await expect(starting).rejects.toMatchObject({
      message: 'start: Invalid authorization␛[2J',
      status: 401,
      isUnknownRoute: false,
      hint: expect.stringContaining('~/.wskprops'),
    });
  });
});

describe('asking', () => {
  it('is tried again where the server is in trouble', async () => {
    const server = await serve({ 'GET status': inTurn(html(503), html(429), ok({ build: DONE })) });
    expect(await openBuilderClient(server).build(ID)).toEqual({ ...DONE, phase: undefined });
    expect(server.asked).toHaveLength(3);
  });

  it('ends where it stays in trouble, with what was answered', async () => {
    const server = await serve({ 'GET status': html(503) });
    const client = openBuilderClient({ ...server, retries: 1 });
    await expect(client.build(ID)).rejects.toMatchObject({
      message: expect.stringMatching(/^status: http:\/\/127\.0\.0\.1:\d+ answered 503 with text\/html$/),
      status: 503,
    });
    expect(server.asked).toHaveLength(2);
  });

  it('tells a build that is not there from a server that has no such route', async () => {
    const none = await serve({ 'GET status': json(404, { message: 'Build job not found', status: 'ko' }) });
    await expect(openBuilderClient(none).build(ID)).rejects.toMatchObject({
      message: 'status: Build job not found',
      isUnknownRoute: false,
    });
    const original = await serve({});
    await expect(openBuilderClient(original).list()).rejects.toMatchObject({
      isUnknownRoute: true,
      hint: expect.stringContaining('ends in /system'),
    });
  });

  it('understands the status of later servers of the original', async () => {
    const job = { id: ID, job_name: JOB, active: 0, completionTime: null };
    const server = await serve({
      'GET status': ok({ data: { ...job, phase: 'Failed', startTime: '2026-08-01T10:00:00Z' } }),
    });
    expect(await openBuilderClient(server).build(ID)).toEqual({
      id: ID,
      jobName: JOB,
      state: 'failed',
      startedAt: '2026-08-01T10:00:00Z',
    });
  });

  it.each([
    ['a word that is no state', ok({ build: { ...RUNNING, state: 'asleep' } }), 'what no image builder does'],
    [
      'a digest that is none',
      ok({ build: { ...DONE, image: { reference: 'a', digest: 'sha256:1' } } }),
      'no',
    ],
    [
      'text that is no JSON',
      ((_asked, response) => response.end('hello')) satisfies Route,
      'status 200 with no',
    ],
    ['a list', ((_asked, response) => response.end('[]')) satisfies Route, 'status 200 with no type'],
    [
      'a redirect',
      ((_asked, response) => response.writeHead(302, { location: '/elsewhere' }).end()) satisfies Route,
      'status 302',
    ],
  ])('refuses %s', async (_what, route, wanted) => {
    const server = await serve({ 'GET status': route });
    const asking = openBuilderClient({ ...server, retries: 0 }).build(ID);
    await expect(asking).rejects.toThrow(BuilderClientError);
    await expect(asking).rejects.toThrow(wanted);
    expect(server.asked).toHaveLength(1);
  });

  it('says that nobody answers, and where', async () => {
    const { url } = await serve({});
    for (const server of servers) server.close();
    const asking = openBuilderClient({ url, retries: 0 }).build(ID);
    await expect(asking).rejects.toThrow(/^no answer from http:\/\/127\.0\.0\.1:\d+: connection refused$/);
  });

  it('reads all pages of a list, up to as many as are wanted', async () => {
    const page = (ids: readonly string[], continuationToken?: string): Route =>
      ok({ builds: ids.map((id) => ({ ...RUNNING, id })), ...(continuationToken && { continuationToken }) });
    const server = await serve({ 'GET list': inTurn(page(['a', 'b'], 'next'), page(['c', 'd'])) });
    const builds = await openBuilderClient(server).list({ limit: 3, states: ['running', 'queued'] });
    expect(builds.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(server.asked.map(({ url }) => url.split('?')[1])).toEqual([
      'limit=3&state=running%2Cqueued',
      'limit=1&state=running%2Cqueued&continuationToken=next',
    ]);
  });

  it('gives up when it is told to', async () => {
    const server = await serve({ 'GET status': () => {} });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(openBuilderClient(server).build(ID, { signal })).rejects.toThrow('enough');
  });

  it('gives up on a server that does not come to its end', async () => {
    const server = await serve({
      'GET status': (_asked, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{');
      },
    });
    const client = openBuilderClient({ ...server, retries: 0, timeoutMs: 200 });
    await expect(client.build(ID)).rejects.toThrow('it did not come within 0.2 seconds');
  });
});

describe('cleaning up', () => {
  it('says how many there were', async () => {
    const server = await serve({
      'POST cleanup': json(200, { message: 'Cleaned up 12 jobs successfully.', status: 'ok' }),
    });
    expect(await openBuilderClient(server).cleanUp(2)).toBe(12);
    expect(server.asked[0]?.body).toEqual({ max_age_hours: 2 });
  });
});

describe('following a log', () => {
  it('goes on where a connection broke, until the build has ended', async () => {
    const server = await serve({
      'GET log': inTurn(log('one two three', 4), log('one two three', 8), log('one two three')),
      'GET status': ok({ build: DONE }),
    });
    const { text, build } = await followed(openBuilderClient(server));
    expect({ text, state: build.state }).toEqual({ text: 'one two three', state: 'succeeded' });
    const starts = server.asked.flatMap(({ url }) => /log\?.*start=(\d+)/.exec(url)?.[1] ?? []);
    expect(starts).toEqual(['0', '4', '8', '13']);
  });

  it('goes on where a server that stops has ended it, and begins nowhere else', async () => {
    const first: Route = (_asked, response) => response.writeHead(200, TEXT).end('one ');
    const server = await serve({
      'GET log': inTurn(first, log('one two'), log('one two')),
      'GET status': inTurn(ok({ build: RUNNING }), ok({ build: DONE })),
    });
    const { text } = await followed(openBuilderClient(server));
    expect(text).toBe('one two');
  });

  it('waits for the end where a server keeps no logs', async () => {
    const server = await serve({
      'GET status': ok({ id: ID, job_name: JOB, phase: 'Succeeded' }),
    });
    const { text, build } = await followed(openBuilderClient(server));
    expect({ text, state: build.state }).toEqual({ text: '', state: 'succeeded' });
  });

  it('says that there is no such build', async () => {
    const none = json(404, { message: 'Build job not found', status: 'ko' });
    const server = await serve({ 'GET log': none, 'GET status': none });
    await expect(followed(openBuilderClient(server))).rejects.toThrow('log: Build job not found');
  });

  it('ends when it is told to, and lets go of the server', async () => {
    const left = Promise.withResolvers<void>();
    const server = await serve({
      'GET log': (_asked, response) => {
        response.writeHead(200, TEXT).write('one');
        response.on('close', left.resolve);
      },
    });
    const controller = new AbortController();
    const following = openBuilderClient(server).follow(ID, {
      signal: controller.signal,
      onBytes: () => controller.abort(new Error('enough')),
    });
    await expect(following).rejects.toThrow('enough');
    await left.promise;
  });

  it('is told of what goes wrong with the reader', async () => {
    const server = await serve({ 'GET log': log('one'), 'GET status': ok({ build: DONE }) });
    const following = openBuilderClient(server).follow(ID, {
      onBytes: () => Promise.reject(new Error('the disk is full')),
    });
    await expect(following).rejects.toThrow('the disk is full');
  });
});

describe('a report', () => {
  it('is refused with what the server says of it, its details too', async () => {
    const refusal = { message: 'There is no report', status: 'ko', detail: 'it is\nqueued\u0007' };
    const server = await serve({ 'GET report': json(404, refusal) });
    await expect(openBuilderClient(server).report(ID)).rejects.toMatchObject({
      message: 'report: There is no report (it is\nqueued␇)',
      isUnknownRoute: false,
    });
  });

  it('says where the server has no such route', async () => {
    const server = await serve({});
    await expect(openBuilderClient(server).report(ID)).rejects.toMatchObject({ isUnknownRoute: true });
  });
});

describe('opening a client', () => {
  it.each([['nowhere'], ['ftp://a/system'], ['http://a/system?x=1']])('refuses the address %s', (url) => {
    expect(() => openBuilderClient({ url })).toThrow('no web address');
  });

  it('refuses what cannot be a token, and does not repeat it', () => {
    const opening = (): unknown => openBuilderClient({ url: 'http://a', token: 'secret\r\nx: y' });
    expect(opening).toThrow('the token of the image builder is none');
    expect(opening).not.toThrow('secret');
  });
});
