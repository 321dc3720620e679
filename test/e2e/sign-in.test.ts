import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { PageSession } from '../../src/page/wire.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const SESSION = '/api/slipway/v1/session';
const TOKENS = { ann: 'token-of-ann-0123456789', otto: 'token-of-otto-0123456789' };
const json = { 'content-type': 'application/json' };

const definition = () =>
  JSON.stringify({
    taskQueueId: 'test/docker',
    created: new Date().toISOString(),
    deadline: new Date(Date.now() + 3_600_000).toISOString(),
    payload: {},
    metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  });
const createTask = (url: string, headers: Record<string, string>, taskId = newTaskId()) =>
  ask(url, `/api/queue/v1/task/${taskId}`, {
    method: 'PUT',
    headers: { ...json, ...headers },
    body: definition(),
  });

/** What a browser sends for the page of a server to which somebody has signed in. */
async function signIn(url: string, clientId: string, accessToken: string): Promise<Record<string, string>> {
  const body = JSON.stringify({ clientId, accessToken });
  const answer = await ask(url, SESSION, { method: 'POST', headers: { ...json, origin: url }, body });
  expect(answer.status).toBe(200);
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  return { cookie: cookie.split(';')[0] ?? '', origin: url };
}

describe('a server with clients', () => {
  let rig: Rig;
  let server: Served;
  beforeAll(async () => {
    rig = createRig();
    const clients = [
      { clientId: 'ann', accessToken: TOKENS.ann, role: 'reader' },
      { clientId: 'otto', accessToken: TOKENS.otto, role: 'operator' },
    ];
    writeFileSync(join(rig.folder, 'clients.yml'), JSON.stringify(clients), { mode: 0o600 });
    server = await serve(rig, ['server', '--port', '0', '--clients', 'clients.yml']);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('lets a reader look at everything, and change nothing', async () => {
    const ann = await signIn(server.url, 'ann', TOKENS.ann);
    for (const path of [
      '/api/v1/runs',
      '/api/slipway/v1/tasks',
      '/api/slipway/v1/builds',
      '/api/queue/v1/task-queues',
    ]) {
      expect([path, (await ask(server.url, path)).status]).not.toEqual([path, 200]);
      expect([path, (await ask(server.url, path, { headers: ann })).status]).toEqual([path, 200]);
    }
    expect((await createTask(server.url, ann)).status).toBe(403);
  });

  it('lets an operator act on its own page, and on no other', async () => {
    const otto = await signIn(server.url, 'otto', TOKENS.otto);
    expect((await createTask(server.url, otto)).status).toBe(200);
    const { host } = new URL(server.url);
    const cookie = { cookie: otto['cookie'] ?? '' };
    for (const headers of [
      cookie,
      { ...cookie, origin: 'http://127.0.0.1:1' },
      { ...cookie, origin: `https://${host}` },
      { ...cookie, 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await createTask(server.url, headers);
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('A session is for the pages of this server alone');
    }
    for (const path of ['/api/slipway/v1/builds', '/api/slipway/v1/session']) {
      const foreign = {
        method: 'POST',
        headers: { ...json, ...cookie, origin: 'https://x.example' },
        body: '{}',
      };
      expect((await ask(server.url, path, foreign)).status).toBe(403);
    }
  });

  it('opens shells for its own page alone', async () => {
    const otto = await signIn(server.url, 'otto', TOKENS.otto);
    const url = `${server.url.replace('http', 'ws')}/api/slipway/v1/task/${newTaskId()}/runs/0/shell`;
    const refusal = async (headers: Record<string, string>): Promise<number> => {
      const socket = new WebSocket(url, { headers });
      socket.on('error', () => {}); // it is refused
      const [, { statusCode }] = await once(socket, 'unexpected-response');
      socket.terminate();
      return statusCode;
    };
    const { cookie = '' } = otto;
    expect(await refusal({ cookie })).toBe(403);
    expect(await refusal({ cookie, origin: 'http://127.0.0.1:1' })).toBe(403);
    const ann = await signIn(server.url, 'ann', TOKENS.ann);
    expect(await refusal(ann)).toBe(403);
  });

  it('has no token, and nothing of a session, in its log', async () => {
    const ann = await signIn(server.url, 'ann', TOKENS.ann);
    const body = JSON.stringify({ clientId: 'ann', accessToken: 'wrong-token-0123456789' });
    const wrong = await ask(server.url, SESSION, { method: 'POST', headers: json, body });
    expect(wrong.status).toBe(401);
    const log = JSON.stringify(server.log());
    expect(log).toContain('somebody signed in');
    for (const secret of [...Object.values(TOKENS), 'wrong-token', ann['cookie'] ?? '?'])
      expect(log).not.toContain(secret);
  });

  it('ends sessions when their client’s token changes', async () => {
    const file = join(rig.folder, 'clients.yml');
    const before = readFileSync(file, 'utf8');
    const ann = await signIn(server.url, 'ann', TOKENS.ann);
    const who = async () => {
      const { text } = await ask(server.url, SESSION, { headers: ann });
      return (JSON.parse(text) as PageSession).clientId;
    };
    expect(await who()).toBe('ann');
    writeFileSync(file, before.replace(TOKENS.ann, 'a-new-token-of-ann-0123456789'));
    await expect.poll(who, { timeout: 20_000 }).toBe('anonymous');
  });
});

describe('a server that is started for the first time', () => {
  it('makes clients, says once where they are, and lets them in', async () => {
    await using rig = createRig();
    const server = await serve(rig, ['server', '--port', '0', '--host', '0.0.0.0']);
    const file = join(rig.dataFolder, 'clients.yml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = /accessToken: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? '?';
    const made = server.log().filter(({ msg }) => msg.startsWith('a first client was made'));
    expect(made).toMatchObject([{ clientsFile: file, clientId: 'admin' }]);
    expect(JSON.stringify(server.log())).not.toContain(token);
    const admin = await signIn(server.url, 'admin', token);
    const session = JSON.parse((await ask(server.url, SESSION, { headers: admin })).text) as PageSession;
    expect(session).toMatchObject({ clientId: 'admin', role: 'admin', access: 'closed' });
    expect(Object.values(session.may)).not.toContain(false);

    // Commands of this machine find theirs by themselves.
    const environment = { TASKCLUSTER_ROOT_URL: server.url };
    expect((await createTask(server.url, {})).status).toBe(403);
    const created = await rig.run(['task', 'create', '--image', 'busybox', '--', 'true'], { environment });
    expect(created.exitCode).toBe(0);
    const other = { ...environment, SLIPWAY_DATA_DIR: join(rig.folder, 'another') };
    const refused = await rig.run(['task', 'list'], { environment: other });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('queue:list-tasks');
    server.running.process.kill('SIGTERM');
    await server.running.finished;

    const again = await serve(rig, ['server', '--port', '0', '--host', '0.0.0.0']);
    expect(again.log().map(({ msg }) => msg)).not.toContainEqual(expect.stringContaining('first client'));
    expect((await ask(again.url, SESSION, { headers: { cookie: admin['cookie'] ?? '' } })).text).toContain(
      '"clientId":"admin"', // the database has the key
    );
  });

  it('shows the token to a person at a terminal, once', async () => {
    await using rig = createRig();
    const running = rig.startAtTerminal(['server', '--port', '0', '--no-tasks', '--builder', 'off']);
    await running.waitFor(/serving .* on port/);
    running.process.kill('SIGTERM');
    const { stdout } = await running.finished;
    const token = /accessToken: (\S+)/.exec(readFileSync(join(rig.dataFolder, 'clients.yml'), 'utf8'))?.[1];
    expect(stdout).toContain(`access token  ${token}`);
  });
});

describe('a server that is open to this machine', () => {
  it('keeps to links, and takes no artifacts, where it only gives', async () => {
    await using rig = createRig();
    const { url } = await serve(rig, ['server', '--port', '0', '--no-tasks', '--builder', 'off']);
    expect((await ask(url, '/api/v1/runs')).status).toBe(401);
    expect((await ask(url, '/artifacts/.slipway/missing', { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('shows runs to it without a link, and no page of another site sees anything', async () => {
    await using rig = createRig();
    const { url } = await serve(rig, ['server', '--port', '0']);
    const open = JSON.parse((await ask(url, SESSION)).text) as PageSession;
    expect(open).toMatchObject({ clientId: 'anonymous', access: 'open' });
    expect(Object.values(open.may)).not.toContain(false);
    expect((await ask(url, '/api/v1/runs')).status).toBe(200);
    const { host } = new URL(url);
    for (const headers of [
      { origin: 'https://evil.example.com' },
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ]) {
      for (const path of ['/api/v1/runs', '/api/slipway/v1/tasks', SESSION])
        expect([path, (await ask(url, path, { headers })).status]).toEqual([path, 403]);
    }
    // A name of theirs that leads here: nothing at all, so that the artifact cache is not theirs to read either.
    for (const path of ['/api/v1/runs', SESSION, '/artifacts/summary', '/metrics', '/'])
      expect((await ask(url, path, { headers: { host: 'rebound.example.com' } })).status).toBe(421);
  });
});
