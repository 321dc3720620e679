import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTemporaryCredentials } from '../auth/index.ts';
import { QueueClientError } from './error.ts';
import { openQueueClient } from './open-queue-client.ts';
import type { QueueClient, QueueClientOptions } from './queue-client.ts';
import {
  CLAIM,
  json,
  type QueueServer,
  ROOT,
  STATUS,
  startQueueServer,
  TASK,
  TASK_ID,
} from './testing/queue-server.ts';

let server: QueueServer;
let client: QueueClient;
const others: QueueClient[] = [];
beforeAll(async () => {
  server = await startQueueServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  server.received.length = 0;
  client = open();
});
afterEach(async () => {
  for (const each of others.splice(0)) await each[Symbol.asyncDispose]();
});

function open(options: Partial<QueueClientOptions> = {}): QueueClient {
  const opened = openQueueClient({ rootUrl: server.rootUrl, credentials: () => ROOT, ...options });
  others.push(opened);
  return opened;
}

async function failure(call: Promise<unknown>): Promise<QueueClientError> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(QueueClientError);
  return error as QueueClientError; // see above
}

const status = json({ status: STATUS });
const urls = (): readonly string[] => server.received.map(({ method, url }) => `${method} ${url}`);

describe('a call', () => {
  it('is signed for the server, and gives what that answers', async () => {
    server.answer(status);
    expect(await client.createTask(TASK_ID, TASK)).toEqual(STATUS);
    const [received] = server.received;
    expect(received).toMatchObject({
      method: 'PUT',
      url: `/api/queue/v1/task/${TASK_ID}`,
      caller: { clientId: 'root', scopes: ['*'] },
    });
    expect(JSON.parse(received?.body ?? '')).toEqual(TASK);
  });

  it('has the path of its method, with all values encoded', async () => {
    server.answer(json({ storageType: 's3', url: 'https://example.org/a' }));
    await client.artifactContent(TASK_ID, 2, 'public/a b.txt');
    await client.artifactContent(TASK_ID, undefined, 'public/a');
    server.answer(json({ requests: [] }));
    await client.purgeRequests('p/w', 0);
    server.answer(json({ tasks: [] }));
    await client.claimWork('p/w', { workerGroup: 'g', workerId: 'i', tasks: 1 });
    server.answer(json({ taskId: TASK_ID }));
    expect(await client.findTask('a.b')).toMatchObject({ taskId: TASK_ID });
    expect(urls()).toEqual([
      `GET /api/queue/v1/task/${TASK_ID}/runs/2/artifact-content/public%2Fa%20b.txt`,
      `GET /api/queue/v1/task/${TASK_ID}/artifact-content/public%2Fa`,
      'GET /api/purge-cache/v1/purge-cache/p%2Fw?since=1970-01-01T00%3A00%3A00.000Z',
      'POST /api/queue/v1/claim-work/p%2Fw',
      'GET /api/index/v1/task/a.b',
    ]);
  });

  it('is signed with the credentials of its moment, and with none where there are none', async () => {
    server.answer(status);
    const temporary = createTemporaryCredentials({
      issuer: ROOT,
      clientId: 'job/1',
      scopes: ['a:*'],
      start: Date.now(),
      expiry: Date.now() + 60_000,
    });
    let credentials: typeof temporary | undefined = ROOT;
    const changing = open({ credentials: () => credentials });
    await changing.status(TASK_ID);
    credentials = temporary;
    await changing.status(TASK_ID);
    await changing.with({ credentials: () => temporary, authorizedScopes: ['a:b'] }).status(TASK_ID);
    credentials = undefined;
    await changing.status(TASK_ID);
    expect(server.received.map(({ caller }) => [caller.clientId, caller.scopes[0]])).toEqual([
      ['root', '*'],
      ['job/1', 'a:*'],
      ['job/1', 'a:b'],
      ['anonymous', 'queue:get-artifact:public/*'],
    ]);
    expect(server.received.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('goes over connections that stay open', async () => {
    const ports = new Set<number | undefined>();
    server.answer((_request, response) => {
      ports.add(response.socket?.remotePort);
      return status(_request, response);
    });
    for (let call = 0; call < 5; call += 1) await client.status(TASK_ID);
    expect(ports.size).toBe(1);
  });

  it('is made again over another connection where the server closed the idle one', async () => {
    server.answer((_request, response) => {
      response.once('finish', () => response.socket?.destroy());
      return status(_request, response);
    });
    const impatient = open({ retries: 0 });
    for (let call = 0; call < 5; call += 1) expect(await impatient.status(TASK_ID)).toEqual(STATUS);
  });
});

describe('an answer that may be another one soon', () => {
  it.each([500, 502, 503, 429])('is asked for again: %i', async (code) => {
    server.answer(json({ code: 'InternalServerError', message: 'later' }, code), status);
    expect(await client.status(TASK_ID)).toEqual(STATUS);
    expect(server.received).toHaveLength(2);
  });

  it('is asked for again where the connection is cut before it, or in it', async () => {
    server.answer(
      (_request, response) => void response.socket?.destroy(),
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"status":', () => response.socket?.destroy());
      },
      status,
    );
    expect(await client.status(TASK_ID)).toEqual(STATUS);
    expect(server.received).toHaveLength(3);
  });

  it('is asked for again where it does not come in time', async () => {
    server.answer(() => {}, status);
    expect(await open({ timeoutMs: 1000 }).status(TASK_ID)).toEqual(STATUS);
    expect(server.received).toHaveLength(2);
  });

  it('is given up after the last try, with what was said', async () => {
    server.answer(
      json({ code: 'InternalServerError', message: 'the disk is full\n\n---\n\n* method: x' }, 500),
    );
    const error = await failure(open({ retries: 1 }).status(TASK_ID));
    expect(error).toMatchObject({
      status: 500,
      code: 'InternalServerError',
      message: 'status: the disk is full',
    });
    expect(server.received).toHaveLength(2);
  });

  it('is waited for no longer than the signal lets it', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    server.answer(() => abort.abort(reason));
    await expect(client.status(TASK_ID, { signal: abort.signal })).rejects.toBe(reason);
    await expect(client.status(TASK_ID, { signal: abort.signal })).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it('is told with its code, its message and what to do, and not tried again', async () => {
    server.answer(
      json(
        {
          code: 'AuthenticationFailed',
          message: 'no such client\n\n---\n\n* method: status',
          requestInfo: {},
        },
        401,
      ),
    );
    const error = await failure(client.status(TASK_ID));
    expect(error).toMatchObject({
      status: 401,
      code: 'AuthenticationFailed',
      message: 'status: no such client',
    });
    expect(error.hint).toContain('TASKCLUSTER_ACCESS_TOKEN');
    expect(server.received).toHaveLength(1);
  });

  it('says of what is not there what the server says', async () => {
    server.answer(json({ code: 'ResourceNotFound', message: 'There is no task x.' }, 404));
    await expect(client.status(TASK_ID)).rejects.toMatchObject({
      status: 404,
      message: 'There is no task x.',
    });
  });

  it.each([
    ['text', '<html>'.repeat(9999)],
    ['no object', '7'],
    ['nothing', ''],
    ['another form', '{"error":"Not found"}'],
    ['hostile', JSON.stringify({ code: 7, message: { a: 1 } })],
  ])('of %s is told by its status', async (_kind, body) => {
    server.answer((_request, response) => void response.writeHead(404).end(body));
    const error = await failure(client.status(TASK_ID));
    expect(error).toMatchObject({ status: 404, code: undefined });
    expect(error.message).toBe(`status: ${server.rootUrl} answered 404`);
  });

  it('cannot write on a terminal, nor without end', async () => {
    server.answer(json({ code: 'X\u001b[2J', message: `a\u001b[31m\n${'b'.repeat(100_000)}` }, 400));
    const error = await failure(client.status(TASK_ID));
    expect(`${error.message}${error.code}`).not.toContain('\u001b');
    expect(error.message.length).toBeLessThan(5000);
  });
});

describe('an answer of no queue', () => {
  const JSON_TYPE = 'application/json';
  it.each([
    ['a page', 'text/html', '<html></html>', 'text/html'],
    ['broken JSON', JSON_TYPE, '{', 'cannot be read'],
    ['another shape', JSON_TYPE, '{"status":{}}', 'status.taskId'],
    ['a list', JSON_TYPE, '[]', 'the answer'],
  ])('is refused: %s', async (_kind, type, body, reason) => {
    server.answer((_request, response) => void response.writeHead(200, { 'content-type': type }).end(body));
    const error = await failure(client.status(TASK_ID));
    expect(error.message).toContain(reason);
    expect(error.hint).toContain('TASKCLUSTER_ROOT_URL');
  });

  it('is not read without end', async () => {
    server.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const piece = Buffer.alloc(1024 * 1024, ' ');
      const write = (): void => void (response.destroyed || response.write(piece, write));
      write();
    });
    expect((await failure(client.status(TASK_ID))).message).toContain('answers with more than');
    expect(server.received).toHaveLength(1);
  });

  it('gives no credentials that would end their place in a header', async () => {
    const credentials = { ...CLAIM.credentials, clientId: 'a", id="root' };
    server.answer(json({ tasks: [{ ...CLAIM, credentials }] }));
    const error = await failure(client.claimWork('p/w', { workerGroup: 'g', workerId: 'i', tasks: 1 }));
    expect(error.message).toContain('credentials.clientId');
  });
});

describe('a server that is not there', () => {
  it('is named, with where its address comes from', async () => {
    const gone = await startQueueServer();
    await gone[Symbol.asyncDispose]();
    const error = await failure(open({ rootUrl: gone.rootUrl, retries: 0 }).ping());
    expect(error.message).toContain(`no answer from ${gone.rootUrl}: connection refused`);
    expect(error.hint).toContain('TASKCLUSTER_ROOT_URL');
  });

  it.each(['', 'queue', 'ftp://a', '//a'])('cannot be at "%s"', (rootUrl) => {
    expect(() => open({ rootUrl })).toThrow('no web address');
  });
});

describe('claiming work', () => {
  const worker = { workerGroup: 'g', workerId: 'i', tasks: 1 };

  it('gives the claims that come after it was aborted', async () => {
    const abort = new AbortController();
    let answer: (() => void) | undefined;
    server.answer(
      (request, response) => {
        answer = () => void json({ tasks: [CLAIM] })(request, response);
        abort.abort();
      },
      json({ product: 'another' }),
      () => answer?.(),
    );
    const claims = client.claimWork('p/w', worker, { signal: abort.signal });
    await vi.waitFor(() => expect(urls()).toContain('GET /api/slipway/v1/'), { timeout: 20_000 });
    answer?.();
    expect(await claims).toEqual([CLAIM]);
    expect(await client.claimWork('p/w', worker, { signal: abort.signal })).toEqual([]);
  });

  it('asks a Slipway server to answer when it is aborted', async () => {
    const abort = new AbortController();
    let answer: (() => void) | undefined;
    server.answer(
      json({ product: 'slipway', version: '1' }),
      (request, response) => {
        answer = () => void json({ tasks: [] })(request, response);
        abort.abort();
      },
      (request, response) => {
        response.writeHead(204).end();
        expect(JSON.parse(request.body)).toEqual({ taskQueueId: 'p/w', workerGroup: 'g', workerId: 'i' });
        answer?.();
      },
    );
    expect(await client.isSlipway()).toBe(true);
    expect(await client.claimWork('p/w', worker, { signal: abort.signal })).toEqual([]);
    expect(urls().at(-1)).toBe('POST /api/slipway/v1/stop-waiting');
  });

  it('is not tried again once it was aborted', async () => {
    const abort = new AbortController();
    server.answer(
      (_request, response) => {
        abort.abort();
        response.socket?.destroy();
      },
      json({ product: 'another' }),
    );
    expect(await client.claimWork('p/w', worker, { signal: abort.signal })).toEqual([]);
    expect(urls().filter((url) => url.includes('claim-work'))).toHaveLength(1);
  });

  const cut: ReturnType<typeof json> = (_request, response) => {
    response.socket?.destroy();
  };
  const claimNames = (): readonly string[] =>
    server.received.flatMap(({ headers }) => headers['x-slipway-claim']?.toString() ?? []);

  it('keeps its name until there is an answer', async () => {
    const few = open({ retries: 1 });
    server.answer(cut, cut, json({}, 503), json({ tasks: [CLAIM] }), json({ tasks: [] }));
    await failure(few.claimWork('p/w', worker));
    expect(await few.claimWork('p/w', worker)).toEqual([CLAIM]);
    expect(await few.claimWork('p/w', worker)).toEqual([]);
    const [first = '', ...others] = claimNames();
    expect(first).toMatch(/^[\da-f-]{36}$/);
    expect(others.slice(0, 3)).toEqual([`${first};again`, `${first};again`, `${first};again`]);
    expect(others[3]).toMatch(/^[\da-f-]{36}$/);
    expect(others[3]).not.toBe(first);
  });

  it('is asked for once more, and for nothing else, where the worker stops without an answer', async () => {
    const abort = new AbortController();
    const cutAtEnd: typeof cut = (request, response) => {
      abort.abort();
      return cut(request, response);
    };
    server.answer(json({ product: 'slipway', version: '1' }), cutAtEnd, json({ tasks: [CLAIM] }));
    expect(await client.isSlipway()).toBe(true);
    expect(await client.claimWork('p/w', worker, { signal: abort.signal })).toEqual([CLAIM]);
    const [first, last] = claimNames();
    expect(last).toBe(`${first};last`);
    expect(await client.claimWork('p/w', worker, { signal: abort.signal })).toEqual([]);
    expect(claimNames()).toHaveLength(2);
  });
});

describe('lists', () => {
  it('come with all their pages', async () => {
    const tasks = [{ status: STATUS, task: TASK }];
    server.answer(json({ tasks, continuationToken: 'a b' }), json({ tasks, continuationToken: '' }));
    const group = [];
    for await (const each of client.listGroup(TASK_ID)) group.push(each);
    expect(group).toHaveLength(2);
    expect(urls()[1]).toBe(`GET /api/queue/v1/task-group/${TASK_ID}/list?continuationToken=a+b`);
  });

  it('end where their limit is', async () => {
    const tasks = [1, 2, 3].map(() => ({ status: STATUS, task: TASK }));
    server.answer(json({ tasks, continuationToken: 'x' }));
    expect(await client.listTasks({ limit: 4, state: 'pending' })).toHaveLength(4);
    expect(urls()).toEqual([
      'GET /api/slipway/v1/tasks?state=pending&limit=4',
      'GET /api/slipway/v1/tasks?state=pending&limit=1&continuationToken=x',
    ]);
  });
});

describe('whether the server is Slipway', () => {
  it('is asked once for all clients over the same connections', async () => {
    server.answer(json({ product: 'slipway', version: '1' }));
    expect(await Promise.all([client.isSlipway(), client.with({}).isSlipway()])).toEqual([true, true]);
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ['another product', json({ product: 'x' })],
    ['nothing at this path', json({ error: 'Not found' }, 404)],
    ['a page', json('x', 200, { 'content-type': 'text/html' })],
  ])('is not so where the server has %s', async (_what, answer) => {
    server.answer(answer);
    expect(await client.isSlipway()).toBe(false);
  });

  it('is answered to the others where one gives up', async () => {
    const abort = new AbortController();
    server.answer((request, response) => {
      abort.abort(new Error('enough'));
      return json({ product: 'slipway' })(request, response);
    });
    const [first, second] = await Promise.allSettled([
      client.isSlipway({ signal: abort.signal }),
      client.isSlipway(),
    ]);
    expect([first.status, second]).toEqual(['rejected', { status: 'fulfilled', value: true }]);
  });

  it('is asked again where nobody answered', async () => {
    const patient = open({ retries: 0, timeoutMs: 1000 });
    server.answer(json({}, 503), () => {}, json({ product: 'slipway' }));
    for (let time = 0; time < 2; time += 1) await failure(patient.isSlipway());
    expect(await patient.isSlipway()).toBe(true);
  });
});

describe('other requests', () => {
  it('are signed, and stream', async () => {
    server.answer((request, response) => void response.writeHead(201).end(request.body.toUpperCase()));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from('a log'));
        controller.close();
      },
    });
    const response = await client.fetch('/api/slipway/v1/x?offset=0', {
      method: 'PUT',
      body,
      duplex: 'half',
    });
    expect([response.status, await response.text()]).toEqual([201, 'A LOG']);
    expect(server.received[0]?.caller.clientId).toBe('root');
  });

  it('follow no redirect, whose address is not what was signed', async () => {
    server.answer((_request, response) => void response.writeHead(303, { location: '/other' }).end());
    expect((await client.fetch('/api/x')).status).toBe(303);
    expect(server.received).toHaveLength(1);
  });

  it('may be made with a signed URL by anybody', async () => {
    server.answer(json({}));
    await fetch(client.signUrl(`${server.rootUrl}/api/queue/v1/task/a/artifacts/b%2Fc?x=1`));
    expect(server.received[0]?.caller.clientId).toBe('root');
    expect(open({ credentials: () => undefined }).signUrl('http://a/b')).toBe('http://a/b');
  });
});

it('a client with wrong credentials says so before it sends anything', async () => {
  const wrong = { clientId: 'a', accessToken: 'b', certificate: '{"secret' };
  const error = await failure(open({ credentials: () => wrong }).ping());
  expect(error.message).not.toContain('secret');
  expect(error.hint).toContain('TASKCLUSTER_CERTIFICATE');
  expect(server.received).toHaveLength(0);
});

it('a client that is closed holds no connection open', async () => {
  const closed = new Promise<void>((resolve) => {
    server.answer((_request, response) => {
      once(response.socket ?? response, 'close').then(() => resolve());
      return status(_request, response);
    });
  });
  await client.status(TASK_ID);
  await client.with({})[Symbol.asyncDispose]();
  expect(await client.status(TASK_ID)).toEqual(STATUS);
  await client[Symbol.asyncDispose]();
  await closed;
  expect((await failure(client.status(TASK_ID))).message).toContain('was closed');
});
