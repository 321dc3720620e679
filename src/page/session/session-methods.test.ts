import { fastify, type InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  createAuthenticator,
  createSessions,
  openSessionBook,
  PUBLIC_SCOPES,
  scopesOfRole,
  signRequest,
} from '../../auth/index.ts';
import { baseUrlOf, serviceRoutes } from '../../queue/index.ts';
import type { PageSession, PageSessions } from '../wire.ts';
import { SESSION_SERVICE } from './session-methods.ts';
import { createSignIns } from './sign-in.ts';

const BASE = '/api/slipway/v1';
const SESSION_PATH = `${BASE}/session`;

const HOST = 'localhost:80';
const TOKEN = 'a-token-of-enough-characters';
const NOBODYS = 'another-token-of-enough-characters';
const issuerKey = { clientId: 'slipway/queue', accessToken: 'x'.repeat(43), scopes: ['*'] };

const clients = new Map<string, Client>([
  ['ann', { clientId: 'ann', accessToken: TOKEN, role: 'reader', scopes: scopesOfRole('reader') }],
  ['ci', { clientId: 'ci', accessToken: TOKEN, scopes: ['queue:create-task:*'] }],
  ['gone', { clientId: 'gone', accessToken: TOKEN, scopes: ['*'], expiresAt: 1 }],
]);

async function served(trustProxy = false) {
  const app = fastify();
  const clock = { now: Date.now() };
  const shared = { clients: (id: string) => clients.get(id), trustProxy, now: () => clock.now };
  const book = await openSessionBook({ now: shared.now, onError: String });
  const key = Buffer.alloc(32, 1);
  const sessions = createSessions({ ...shared, book, key, anonymousScopes: PUBLIC_SCOPES });
  const authenticate = createAuthenticator({ ...shared, issuerKey, mode: 'closed', sessions });
  const on = {
    ...shared,
    sessions,
    book,
    signIns: createSignIns(shared),
    access: 'closed' as const,
    version: '1.2.3',
  };
  const stopping = new AbortController().signal;
  const options = { ...shared, on, authenticate, stopping, baseUrlOf: baseUrlOf({ trustProxy }) };
  void app.register(serviceRoutes(SESSION_SERVICE, { ...options, checkAnswers: true }));
  const ask = (method: 'GET' | 'POST' | 'DELETE', more: InjectOptions = {}) =>
    app.inject({ url: SESSION_PATH, method, ...more, headers: { host: HOST, ...more.headers } });
  /** Signs in; gives what asks with that session. */
  const signedIn = async (clientId: string, agent = 'a browser') => {
    const answer = await signIn({ clientId, accessToken: TOKEN }, { 'user-agent': agent });
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    return (method: 'GET' | 'DELETE', path = 'sessions', headers: Record<string, string> = {}) =>
      ask(method, { url: `${BASE}/${path}`, headers: { cookie, origin: `http://${HOST}`, ...headers } });
  };
  const signIn = (body: unknown, headers: Record<string, string> = {}) =>
    ask('POST', {
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { app, clock, ask, signIn, signedIn };
}

const WRONG = { clientId: 'ann', accessToken: NOBODYS };

describe('the page’s session', () => {
  let server: Awaited<ReturnType<typeof served>>;
  beforeAll(async () => {
    server = await served();
    await server.app.ready();
  });
  afterAll(() => server.app.close());

  it('is nobody’s before somebody signs in, and after they left', async () => {
    const nobody = await server.ask('GET');
    expect(nobody.json<PageSession>()).toEqual({
      clientId: 'anonymous',
      access: 'closed',
      may: {
        read: false,
        runTasks: false,
        openShells: false,
        buildImages: false,
        manageWorkers: false,
        administer: false,
      },
      version: '1.2.3',
    });
    const left = await server.ask('DELETE');
    expect(left.statusCode).toBe(204);
    expect(left.headers['set-cookie']).toContain('Max-Age=0');
  });

  it('tells who somebody is and what they may, and nothing that leads to their token', async () => {
    const answer = await server.signIn({ clientId: 'ann', accessToken: TOKEN });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toContain('no-store');
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie + answer.body).not.toContain(TOKEN);
    const session = (await server.ask('GET', { headers: { cookie: cookie.split(';')[0] ?? '' } })).json();
    expect(session).toEqual(answer.json());
    expect(session).toMatchObject({
      clientId: 'ann',
      role: 'reader',
      may: { read: true, runTasks: false, openShells: false, manageWorkers: false, administer: false },
    });
  });

  it('shows what is there for somebody, of scopes that were given one by one', async () => {
    const answer = (await server.signIn({ clientId: 'ci', accessToken: TOKEN })).json<PageSession>();
    expect(answer.role).toBeUndefined();
    expect(answer.may).toMatchObject({ runTasks: true, read: false });
  });

  it('is told to who signs, too', async () => {
    const url = new URL(`http://${HOST}${SESSION_PATH}`);
    const authorization = signRequest('GET', url, { credentials: { clientId: 'ann', accessToken: TOKEN } });
    const answer = await server.ask('GET', { headers: { authorization } });
    expect(answer.json()).toMatchObject({ clientId: 'ann', role: 'reader' });
  });

  it.each([
    ['POST', { origin: 'https://evil.example.com' }],
    ['POST', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }],
    ['DELETE', { origin: 'http://localhost:3000' }],
  ] as const)('takes no %s from a page of others: %o', async (method, headers) => {
    const payload = JSON.stringify({ clientId: 'ann', accessToken: TOKEN });
    const more = { headers: { 'content-type': 'application/json', ...headers }, payload };
    const answer = await server.ask(method, more);
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['{"clientId":"ann"}', 400],
    [{ clientId: 'ann', accessToken: TOKEN, more: 1 }, 400],
    [{ clientId: 7, accessToken: [] }, 400],
    [{ clientId: 'ann', accessToken: 'x'.repeat(5000) }, 400],
    ['x'.repeat(70_000), 403],
  ])('refuses what is no name and token: %.40j', async (body, status) => {
    const answer = await server.signIn(body);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toMatch(/^(?:MalformedPayload|InputValidationError|InsufficientScopes)$/);
  });
});

describe('who signs in with what is wrong', () => {
  it('is told the same, whether the client is there, has ended, or has another token', async () => {
    const server = await served();
    const answers = [];
    for (const clientId of ['ann', 'nobody', 'gone'])
      answers.push(await server.signIn({ clientId, accessToken: clientId === 'gone' ? TOKEN : NOBODYS }));
    const texts = answers.map(({ statusCode, body }) => [
      statusCode,
      body.replaceAll(/"?time[^,}\\]*|"clientId":"\w+"/g, ''),
    ]);
    expect(new Set(texts.map(String)).size).toBe(1);
    expect(texts[0]?.[0]).toBe(401);
    for (const { body, headers } of answers) {
      expect(body).not.toContain(NOBODYS);
      expect(headers['set-cookie']).toBeUndefined();
    }
    await server.app.close();
  });

  it('waits after ten times, whatever comes next, and others do not', async () => {
    const server = await served(true);
    const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
    for (let at = 0; at < 10; at += 1)
      expect((await server.signIn(WRONG, from('10.0.0.1'))).statusCode).toBe(401);
    const good = { clientId: 'ann', accessToken: TOKEN };
    const answer = await server.signIn(good, from('10.0.0.1'));
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('300');
    expect(answer.json().code).toBe('TooManyRequests');
    expect((await server.signIn(good, from('10.0.0.2'))).statusCode).toBe(200);
    server.clock.now += 5 * 60_000;
    expect((await server.signIn(good, from('10.0.0.1'))).statusCode).toBe(200);
    await server.app.close();
  });

  it('keeps others from a client only after a hundred times', async () => {
    const server = await served(true);
    for (let at = 0; at < 100; at += 1)
      expect((await server.signIn(WRONG, { 'x-forwarded-for': `10.0.1.${at}` })).statusCode).toBe(401);
    const good = (clientId: string) =>
      server.signIn({ clientId, accessToken: TOKEN }, { 'x-forwarded-for': '10.0.2.1' });
    expect((await good('ann')).statusCode).toBe(429);
    expect((await good('ci')).statusCode).toBe(200);
    await server.app.close();
  });
});

describe('the sessions of a client', () => {
  it('are listed to who has one of them, with their browsers', async () => {
    const server = await served();
    const laptop = await server.signedIn('ann', 'Laptop\u00e9/1');
    server.clock.now += 1000;
    const phone = await server.signedIn('ann', 'x'.repeat(500));
    await server.signedIn('ci');
    const { sessions } = (await laptop('GET')).json<PageSessions>();
    expect(sessions.map(({ agent, isThis }) => [agent, isThis])).toEqual([
      ['x'.repeat(256), false],
      ['Laptop/1', true],
    ]);
    expect((await phone('GET')).json<PageSessions>().sessions[0]?.isThis).toBe(true);
    await server.app.close();
  });

  it('end one by one, for their client alone', async () => {
    const server = await served();
    const [laptop, phone, other] = [
      await server.signedIn('ann'),
      await server.signedIn('ann'),
      await server.signedIn('ci'),
    ];
    const { sessions } = (await laptop('GET')).json<PageSessions>();
    const phones = `sessions/${sessions.find(({ isThis }) => !isThis)?.sessionId}`;
    expect((await other('DELETE', phones)).statusCode).toBe(404);
    expect((await laptop('DELETE', phones, { origin: 'https://evil.example.com' })).statusCode).toBe(403);
    expect((await phone('GET', 'session')).json()).toMatchObject({ clientId: 'ann' });
    expect((await laptop('DELETE', phones)).statusCode).toBe(204);
    expect((await phone('GET', 'session')).json()).toMatchObject({ clientId: 'anonymous' });
    expect((await laptop('DELETE', phones)).statusCode).toBe(404);
    expect((await laptop('DELETE', 'sessions/none')).statusCode).toBe(400);
    expect((await laptop('GET')).json<PageSessions>().sessions).toHaveLength(1);
    await server.app.close();
  });

  it('end all at once, and the browser that asks forgets its own', async () => {
    const server = await served();
    const [laptop, phone] = [await server.signedIn('ann'), await server.signedIn('ann')];
    const left = await laptop('DELETE');
    expect([left.statusCode, left.headers['set-cookie']]).toEqual([
      204,
      expect.stringContaining('Max-Age=0'),
    ]);
    for (const each of [laptop, phone])
      expect((await each('GET', 'session')).json()).toMatchObject({ clientId: 'anonymous' });
    await server.app.close();
  });

  it('end with signing out: who has copied the cookie has nothing', async () => {
    const server = await served();
    const laptop = await server.signedIn('ann');
    expect((await laptop('DELETE', 'session')).statusCode).toBe(204);
    expect((await laptop('GET', 'session')).json()).toMatchObject({ clientId: 'anonymous' });
    await server.app.close();
  });

  it('are not for who has none, or signs', async () => {
    const server = await served();
    const url = new URL(`http://${HOST}${BASE}/sessions`);
    const authorization = signRequest('GET', url, { credentials: { clientId: 'ann', accessToken: TOKEN } });
    for (const headers of [{}, { authorization }])
      expect((await server.ask('GET', { url: url.pathname, headers })).statusCode).toBe(403);
    await server.app.close();
  });
});
