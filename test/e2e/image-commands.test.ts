import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { createRig } from '../support/rig.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests

const ID = '6f1d1f5e-4a2b-4c3d-8e9f-0a1b2c3d4e5f';
const JOB = `build-alice-${ID}`;
const TOKEN = '7c3a0e50-uuid:a-key-for-this-test-only';

interface Asked {
  readonly path: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

const asked: Asked[] = [];

/** The original, as far as it goes: it starts builds and cleans up; whatever else is asked is a page of HTML. */
async function original(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const isPost = request.method === 'POST';
  const body = isPost ? await json(request) : undefined;
  asked.push({ path, token: request.headers.authorization, body });
  const answer = (status: number, value: object): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (isPost && request.headers.authorization !== TOKEN)
    return answer(401, { message: 'Invalid authorization', status: 'ko' });
  if (isPost && path === '/system/api/v1/build/start')
    return answer(200, { id: ID, job_name: JOB, message: `Job: ${JOB}`, status: 'ok' });
  if (isPost && path === '/system/api/v1/build/cleanup')
    return answer(200, { message: 'Cleaned up 3 jobs successfully.', status: 'ok' });
  response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
}

/** A server whose build goes on, and that takes for ever to end it. */
async function slow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  if (request.method === 'POST') asked.push({ path, token: undefined, body: await json(request) });
  if (path === '/system/api/v1/build/start') {
    const build = { id: ID, jobName: JOB, state: 'running' };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: 'ok', status: 'ok', id: ID, job_name: JOB, build }));
  } else if (path.startsWith('/system/api/v1/build/log')) {
    response.writeHead(200, { 'content-type': 'text/plain' }).write('begun\n');
  }
}

type Answering = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A server on this machine; dispose of it to close it. */
async function listening(answer: Answering): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/system`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let theOriginal: Awaited<ReturnType<typeof listening>>;
let environment: Record<string, string> = {};

beforeAll(async () => {
  theOriginal = await listening(original);
  environment = { ADMIN_API_URL: theOriginal.url };
});

afterAll(() => theOriginal[Symbol.asyncDispose]());

const BUILD = ['image', 'build', 'node:24', 'alice:extended', '--requirements', 'package.json'];

describe('slipway image with the server of the original', () => {
  it('starts a build with the token of ~/.wskprops, and prints its id alone', async () => {
    await using rig = createRig();
    rig.write('.wskprops', `APIHOST=http://127.0.0.1\nAUTH=${TOKEN}\n`);
    rig.write('package.json', '{"dependencies": {"ms": "2.1.3"}}');
    const { exitCode, stdout } = await rig.run([...BUILD, '--detach'], { environment });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${ID}\n` });
    expect(asked.at(-1)).toEqual({
      path: '/system/api/v1/build/start',
      token: TOKEN,
      body: {
        source: 'node:24',
        target: 'alice:extended',
        kind: 'nodejs',
        file: Buffer.from('{"dependencies": {"ms": "2.1.3"}}').toString('base64'),
      },
    });
  });

  it('says that nobody there can tell what becomes of it', async () => {
    await using rig = createRig();
    rig.write('package.json', '{"dependencies": {}}');
    const { exitCode, stderr } = await rig.run(BUILD, { environment: { ...environment, AUTH: TOKEN } });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`the build ${ID} was started, but the server has no route`);
    expect(stderr).toContain('--detach');
  });

  it('says of a list that there is none, and cleans up', async () => {
    await using rig = createRig();
    const mine = { environment: { ...environment, AUTH: TOKEN } };
    const list = await rig.run(['image', 'builds'], mine);
    expect(list).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/has no such route.*\n.*ends in \/system/),
    });
    const cleaned = await rig.run(['image', 'clean', '--max-age-hours', '2'], mine);
    expect(cleaned).toMatchObject({
      exitCode: 0,
      stdout: '3 builds forgotten; images stay in the registry.\n',
    });
    expect(asked.at(-1)?.body).toEqual({ max_age_hours: 2 });
  });

  it('says whose the token is that is refused, and never the token', async () => {
    await using rig = createRig();
    rig.write('properties', 'AUTH=wrong:token\n');
    const { exitCode, stdout, stderr } = await rig.run(['image', 'clean', '--output', 'json'], {
      environment: { ...environment, WSK_CONFIG_FILE: 'properties' },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'error',
      message: 'cleanup: Invalid authorization',
      hint: expect.stringContaining('~/.wskprops'),
    });
    expect(stdout).not.toContain('wrong:token');
  });
});

describe('slipway image build', () => {
  it('is left by a second Ctrl-C, and says where to look', async () => {
    await using taking = await listening(slow);
    await using rig = createRig();
    const words = ['image', 'build', 'node:24', 'alice:x', '--kind', 'go', '--admin-api-url', taking.url];
    const running = rig.start(words);
    await running.waitFor('begun');
    running.process.kill('SIGINT');
    await running.waitFor('Cancelling the build; once more to leave at once.');
    await vi.waitFor(
      () => expect(asked.at(-1)).toMatchObject({ path: expect.stringMatching(/cancel$/) }),
      PATIENT,
    );
    running.process.kill('SIGINT');
    const { exitCode, stderr } = await running.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`\`slipway image status ${ID}\` says what became of the build.`);
  });
});

describe('slipway image', () => {
  it('says at once that nobody answers', async () => {
    await using rig = createRig();
    const url = `http://127.0.0.1:${await freePort()}/system`;
    const { exitCode, stderr } = await rig.run(['image', 'status', ID, '--admin-api-url', url]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /no answer from http:\/\/127\.0\.0\.1:\d+: connection refused\n.*ADMIN_API_URL/,
      ),
    });
  });

  it.each([
    [['image', 'status'], 'image status: which build?'],
    [['image', 'status', 'latest'], 'expected the id of a build'],
    [['image', 'cancel'], 'image cancel: which build?'],
    [['image', 'clean', '--max-age-hours', 'two'], 'expected a whole number of hours'],
    [['image', 'build', 'node:24', 'alice:x', '--kind', 'cobol'], '--kind: expected go or java'],
    [['image', 'builds', '--state', 'lost'], '--state: expected queued'],
    [['image', 'logs', '--admin-api-url', 'nowhere'], '--admin-api-url: expected a web address'],
  ])('refuses %j before anything is asked', async (words, wanted) => {
    await using rig = createRig();
    const before = asked.length;
    const { exitCode, stderr } = await rig.run(words, { environment });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(wanted) });
    expect(asked).toHaveLength(before);
  });
});
