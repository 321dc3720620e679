import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { fastify } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuthError, type Caller } from '../../auth/index.ts';
import { createStreamShares } from '../../kernel/index.ts';
import { type Queue, serviceRoutes } from '../../queue/index.ts';
import { type Changes, createChanges } from '../changes/changes.ts';
import { createEventStreams } from '../changes/event-streams.ts';
import type { Change } from '../wire.ts';
import { NOW_SERVICE } from './now-service.ts';

let toClose = new AsyncDisposableStack();
afterEach(() => toClose.disposeAsync());

interface Served {
  readonly url: string;
  readonly changes: Changes;
  readonly stopping: AbortController;
}

async function serve(
  caller: Partial<Caller> = {},
  {
    queue,
    heartbeatMs,
    most = 1000,
    now = Date.now,
  }: { queue?: Queue['overview']; heartbeatMs?: number; most?: number; now?: () => number } = {},
): Promise<Served> {
  toClose = new AsyncDisposableStack();
  const stopping = new AbortController();
  const app = fastify();
  toClose.defer(() => app.close());
  const changes = toClose.use(createChanges());
  const streams = toClose.use(
    createEventStreams({ now, stopping: stopping.signal, ...(heartbeatMs !== undefined && { heartbeatMs }) }),
  );
  const refs: { refs: never[]; hasMore: boolean } = { refs: [], hasMore: false };
  await app.register(
    serviceRoutes(NOW_SERVICE, {
      on: {
        changes,
        streams,
        isEnded: (sessionId) => sessionId === 'ended',
        shares: createStreamShares({ trustProxy: false, most }),
        queue: queue && { overview: queue },
        cache: {
          sizes: async () => ({ refs: 3, bytes: 5 }),
          counts: () => ({ hits: 1, misses: 2, sentBytes: 3 }),
          since: 0,
          refs: async () => refs,
        },
      },
      authenticate: ({ headers }) => {
        if (headers['authorization'] === 'wrong') throw new AuthError('no');
        return { clientId: 'somebody', scopes: ['*'], ...caller };
      },
      baseUrlOf: () => 'http://localhost',
      stopping: stopping.signal,
      now,
      checkAnswers: true,
    }),
  );
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), changes, stopping };
}

/** Begins to read a stream of events. */
async function listen(
  { url }: Served,
  query = '',
): Promise<{ response: IncomingMessage; heard: Change[]; text: () => string }> {
  const request = httpRequest(`${url}/api/slipway/v1/changes${query}`);
  toClose.defer(() => void request.destroy());
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const heard: Change[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    heard.splice(
      0,
      heard.length,
      ...Array.from(text.matchAll(/event: change\ndata: (.*)\n\n/g), ([, data = '']) => JSON.parse(data)),
    );
  });
  response.on('error', () => {});
  return { response, heard, text: () => text };
}

const task = (taskId: string): Change => ({
  kind: 'task',
  taskId,
  taskGroupId: 'g',
  taskQueueId: 'p/q',
  state: 'pending',
});
const WAIT = { timeout: 20_000 };

describe('the stream of changes', () => {
  it('has each change as an event, until the server stops', async () => {
    const served = await serve();
    const { response, heard, text } = await listen(served);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    served.changes.tell(task('a'));
    await vi.waitFor(() => expect(heard).toEqual([task('a')]), WAIT);
    expect(text()).toMatch(/^retry: \d+\n\nevent: change\n/);
    served.stopping.abort();
    await once(response, 'end');
    await vi.waitFor(() => expect(served.changes.hasListeners).toBe(false), WAIT);
  });

  it('is given to a client so often at once, and again when one of them has ended', async () => {
    const served = await serve({}, { most: 3 });
    const streams = [await listen(served), await listen(served), await listen(served)];
    const refused = await fetch(`${served.url}/api/slipway/v1/changes`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await refused.json()).toMatchObject({
      code: 'TooManyRequests',
      message: expect.stringContaining('somebody follows 3 logs and streams'),
    });
    streams[0]?.response.destroy();
    await vi.waitFor(async () => expect((await listen(served)).response.statusCode).toBe(200), WAIT);
  });

  it('has what the caller may see, of what was asked for', async () => {
    const served = await serve({ scopes: ['runs:read', 'cache:list'] });
    const [all, some] = [await listen(served), await listen(served, '?kinds=task,cache')];
    served.changes.tell(task('a'));
    served.changes.tell({ kind: 'cache' });
    served.changes.tell({ kind: 'run', runId: 'r', result: 'passed' });
    await vi.waitFor(() => expect(all.heard).toHaveLength(2), WAIT);
    expect(new Set(all.heard.map(({ kind }) => kind))).toEqual(new Set(['cache', 'run']));
    expect(some.heard).toEqual([{ kind: 'cache' }]);
  });

  it.each([
    [403, '', ['queue:status:*']],
    [403, '?kinds=task', ['runs:read']],
    [400, '?kinds=tasks', ['*']],
    [400, '?kinds=', ['*']],
    [400, '?taskId=x', ['*']],
    [400, '?unknown=1', ['*']],
  ])('is refused with %i: %s with %j', async (status, query, scopes) => {
    const { url } = await serve({ scopes });
    expect((await fetch(`${url}/api/slipway/v1/changes${query}`)).status).toBe(status);
  });

  it('is refused to whom nobody knows', async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/api/slipway/v1/changes`, { headers: { authorization: 'wrong' } });
    expect(answer.status).toBe(401);
  });

  it('beats, and ends when the credentials do', async () => {
    let time = 0;
    const served = await serve({ expiresAt: 1000 }, { heartbeatMs: 10, now: () => time });
    const { response, text } = await listen(served);
    await vi.waitFor(() => expect(text()).toContain(': beat\n\n'), WAIT);
    time = 1000;
    await once(response, 'end');
  });

  it('is the same for hundreds of clients, and for the last of them', async () => {
    const served = await serve();
    const all = await Promise.all(Array.from({ length: 300 }, () => listen(served)));
    served.changes.tell(task('a'));
    await vi.waitFor(() => expect(all.every(({ heard }) => heard.length === 1)).toBe(true), WAIT);
  });
});

describe('what is now', () => {
  it('is told of the cache', async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/api/slipway/v1/cache`);
    expect(await answer.json()).toEqual({
      refs: 3,
      repositoryBytes: 5,
      hits: 1,
      misses: 2,
      sentBytes: 3,
      since: '1970-01-01T00:00:00.000Z',
    });
    expect(
      await (await fetch(`${url}/api/slipway/v1/cache/refs?limit=500&prefix=a/b&after=`)).json(),
    ).toEqual({ refs: [] });
    for (const query of ['limit=0', 'limit=501', 'prefix=%00', 'x=1']) {
      expect((await fetch(`${url}/api/slipway/v1/cache/refs?${query}`)).status, query).toBe(400);
    }
  });

  it('is told of queues, where there is one', async () => {
    const { url } = await serve({}, { queue: async () => [] });
    expect(await (await fetch(`${url}/api/slipway/v1/queues?taskQueueId=p/q`)).json()).toEqual({
      queues: [],
    });
    expect((await fetch(`${url}/api/slipway/v1/queues?taskQueueId=p`)).status).toBe(400);
    const none = await serve();
    expect((await fetch(`${none.url}/api/slipway/v1/queues`)).status).toBe(404);
  });

  it.each(['changes', 'queues', 'cache', 'cache/refs'])(
    'is refused to who may not see it: %s',
    async (path) => {
      const { url } = await serve({ scopes: ['queue:get-artifact:public/*'] }, { queue: async () => [] });
      expect((await fetch(`${url}/api/slipway/v1/${path}`)).status).toBe(403);
    },
  );
});
