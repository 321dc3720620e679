import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, PUBLIC_SCOPES } from '../authenticator.ts';
import type { Client, SignedRequest } from '../caller.ts';
import { scopesOfRole } from '../roles/roles.ts';
import { createSessions, SESSION_MS, type SessionsOptions } from './sessions.ts';

const NOW = 1_800_000_000_000;
const KEY = Buffer.alloc(32, 7);
const HOST = 'build.example.com:8080';
const OWN = `http://${HOST}`;

const admin: Client = {
  clientId: 'admin',
  accessToken: 'token-of-admin-0123456789',
  scopes: ['*'],
  role: 'admin',
};
const reader: Client = {
  clientId: 'people/ann|1',
  accessToken: 'token-of-ann-0123456789',
  scopes: scopesOfRole('reader'),
  role: 'reader',
};

function opened(more: Partial<SessionsOptions> = {}) {
  const clients = new Map([admin, reader].map((each) => [each.clientId, each]));
  const clock = { now: NOW };
  const sessions = createSessions({
    key: KEY,
    clients: (id) => clients.get(id),
    anonymousScopes: PUBLIC_SCOPES,
    now: () => clock.now,
    ...more,
  });
  return { sessions, clients, clock };
}

const request = (
  headers: SignedRequest['headers'] = {},
  more: Partial<SignedRequest> = {},
): SignedRequest => ({
  method: 'GET',
  url: '/',
  isTls: false,
  ...more,
  headers: { host: HOST, ...headers },
});

/** What a browser sends back of a `Set-Cookie`. */
const kept = (setCookie: string): string => setCookie.split(';', 1)[0] ?? '';

describe('a session', () => {
  it('is its client’s, with what everybody may, for twelve hours', () => {
    const { sessions, clock } = opened();
    const { cookie, caller } = sessions.begin(reader, request());
    expect(cookie).toMatch(/^slipway-session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(reader.accessToken);
    const found = sessions.find(request({ cookie: `other=1; ${kept(cookie)}` }));
    expect(found).toEqual(caller);
    expect(found).toMatchObject({ clientId: reader.clientId, role: 'reader', expiresAt: NOW + SESSION_MS });
    expect(found?.scopes).toContain('queue:get-artifact:public/*');
    clock.now = NOW + SESSION_MS - 1;
    expect(sessions.find(request({ cookie: kept(cookie) }))).toEqual(caller);
    clock.now = NOW + SESSION_MS;
    expect(sessions.find(request({ cookie: kept(cookie) }))).toBeUndefined();
  });

  it('ends when its client gets another token, is removed, or ends', () => {
    const { sessions, clients, clock } = opened();
    const cookie = kept(sessions.begin(reader, request()).cookie);
    expect(sessions.find(request({ cookie }))).toBeDefined();
    clients.set(reader.clientId, { ...reader, accessToken: 'another-token-0123456789' });
    expect(sessions.find(request({ cookie }))).toBeUndefined();
    clients.set(reader.clientId, { ...reader, expiresAt: NOW + 1000 });
    expect(sessions.find(request({ cookie }))?.expiresAt).toBe(NOW + 1000);
    clock.now = NOW + 1000;
    expect(sessions.find(request({ cookie }))).toBeUndefined();
    clients.delete(reader.clientId);
    expect(sessions.find(request({ cookie }))).toBeUndefined();
  });

  it('may what its client may now, not when it began', () => {
    const { sessions, clients } = opened();
    const cookie = kept(sessions.begin(admin, request()).cookie);
    expect(sessions.find(request({ cookie }))?.scopes).toEqual(['*']);
    clients.set('admin', { ...reader, clientId: 'admin', accessToken: admin.accessToken });
    expect(sessions.find(request({ cookie }))?.scopes).not.toContain('*');
  });

  it('is none where anything of its token was changed, or another key has signed it', () => {
    const { sessions } = opened();
    const cookie = kept(sessions.begin(admin, request()).cookie);
    const token = cookie.slice('slipway-session='.length);
    const changed = fc
      .record({ at: fc.nat(token.length - 1), to: fc.constantFrom(...'AZaz0123456789-_.=') })
      .map(({ at, to }) => token.slice(0, at) + to + token.slice(at + 1))
      .filter((text) => text !== token);
    fc.assert(
      fc.property(fc.oneof(changed, fc.string()), (text) => {
        expect(sessions.find(request({ cookie: `slipway-session=${text}` }))).toBeUndefined();
      }),
    );
    const other = opened({ key: Buffer.alloc(32, 8) });
    expect(other.sessions.find(request({ cookie }))).toBeUndefined();
  });

  it('is kept to its host, and to TLS, where there is TLS', () => {
    const { sessions } = opened();
    const { cookie } = sessions.begin(admin, request({}, { isTls: true }));
    expect(cookie).toMatch(/^__Host-slipway-session=.*; Secure$/);
    expect(sessions.find(request({ cookie: kept(cookie) }, { isTls: true }))).toBeDefined();
    // Another page of the domain, or somebody on the way, can set one of the plain name.
    const plain = kept(cookie).replace('__Host-', '');
    expect(sessions.find(request({ cookie: plain }, { isTls: true }))).toBeUndefined();
    expect(sessions.end(request({}, { isTls: true }))).toMatch(
      /^__Host-slipway-session=; Path=\/; Max-Age=0/,
    );
  });

  it('knows of TLS before its proxy', () => {
    const forwarded = { 'x-forwarded-proto': 'https' };
    const behind = opened({ trustProxy: true }).sessions;
    expect(behind.begin(admin, request(forwarded)).cookie).toContain('; Secure');
    expect(opened().sessions.begin(admin, request(forwarded)).cookie).not.toContain('; Secure');
    const named = opened({ rootUrl: 'https://build.example.com' }).sessions;
    expect(named.begin(admin, request({ host: 'build.example.com' })).cookie).toContain('; Secure');
    expect(named.begin(admin, request({ host: '127.0.0.1:8080' })).cookie).not.toContain('; Secure');
  });
});

describe('what a browser sends with a session', () => {
  const { sessions } = opened();
  const cookie = kept(sessions.begin(admin, request()).cookie);
  const behind = opened({ trustProxy: true, rootUrl: 'https://ci.example.com' }).sessions;
  const sent = (method: string, headers: Record<string, string>) =>
    request({ cookie, ...headers }, { method });

  it.each([
    ['GET', {}],
    ['GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' }],
    ['GET', { 'sec-fetch-site': 'same-origin' }],
    ['POST', { 'sec-fetch-site': 'same-origin', origin: OWN }],
    ['POST', { origin: OWN }],
    ['PUT', { origin: OWN }],
    ['GET', { origin: OWN, upgrade: 'websocket' }],
  ])('is its client’s where it comes from the server’s own page: %s %o', (method, headers) => {
    expect(sessions.find(sent(method, headers))?.clientId).toBe('admin');
  });

  it.each([
    ['POST', {}],
    ['DELETE', { origin: 'null' }],
    ['POST', { origin: 'http://build.example.com:9090' }],
    ['POST', { origin: 'http://build.example.com' }],
    ['POST', { origin: 'https://build.example.com:8080' }],
    ['POST', { origin: 'https://evil.example.com' }],
    ['POST', { 'sec-fetch-site': 'none' }],
    ['POST', { 'sec-fetch-site': 'same-site', origin: OWN }],
    ['PROPFIND', {}],
    ['GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
    ['GET', { origin: 'http://build.example.com:9090' }],
    ['GET', { upgrade: 'websocket' }],
    ['GET', { upgrade: 'websocket', origin: 'https://evil.example.com' }],
  ])('is refused where it may come from another page: %s %o', (method, headers) => {
    expect(() => sessions.find(sent(method, headers))).toThrow(/^A session is for the pages of this server/);
  });

  it('may name the address that a proxy is called by', () => {
    const there = { host: 'inside:8080', cookie: cookie.replace('slipway', '__Host-slipway') };
    const asked = (headers: Record<string, string>) =>
      behind.find(request({ ...there, 'x-forwarded-proto': 'https', ...headers }, { method: 'POST' }));
    expect(asked({ origin: 'https://ci.example.com' })?.clientId).toBe('admin');
    expect(asked({ origin: 'https://inside:8080' })?.clientId).toBe('admin');
    expect(() => asked({ origin: 'https://other.example.com' })).toThrow('comes from the page');
  });

  it('is nobody’s, and no trouble, where the session is none', () => {
    expect(sessions.find(request({ cookie: 'slipway-session=nothing' }, { method: 'POST' }))).toBeUndefined();
  });
});

it('counts for requests that nobody signed, and for no others', () => {
  const { sessions, clients } = opened();
  const authenticate = createAuthenticator({
    clients: (id) => clients.get(id),
    issuerKey: { clientId: 'slipway/queue', accessToken: 'x'.repeat(43), scopes: ['*'] },
    mode: 'closed',
    now: () => NOW,
    sessions,
  });
  const cookie = kept(sessions.begin(admin, request()).cookie);
  expect(authenticate(request({ cookie })).clientId).toBe('admin');
  expect(authenticate(request()).clientId).toBe('anonymous');
  expect(() => authenticate(request({ cookie, authorization: 'Hawk id="x"' }))).toThrow();
});
