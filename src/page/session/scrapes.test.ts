import { fastify } from 'fastify';
import { afterAll, describe, expect, it } from 'vitest';
import { type Client, createAuthenticator, scopesOfRole, signRequest } from '../../auth/index.ts';
import { refuseScrapes } from './scrapes.ts';

const HOST = 'localhost:80';
const TOKEN = 'a:token-with-a-colon-in-it';
const issuerKey = { clientId: 'slipway/queue', accessToken: 'x'.repeat(43), scopes: ['*'] };
const clients = new Map<string, Client>(
  (
    [
      ['prometheus', { scopes: ['metrics:read'] }],
      ['ann', { scopes: scopesOfRole('reader') }],
      ['ci', { scopes: ['queue:create-task:*'] }],
      ['gone', { scopes: ['*'], expiresAt: 1 }],
    ] as const
  ).map(([clientId, more]) => [clientId, { clientId, accessToken: TOKEN, ...more }]),
);

function served(mode: 'open' | 'closed') {
  const app = fastify();
  const shared = { clients: (id: string) => clients.get(id), now: Date.now };
  const authenticate = createAuthenticator({ ...shared, issuerKey, mode });
  const refuse = refuseScrapes({ ...shared, authenticate, trustProxy: true });
  app.get('/metrics', (request, reply) => {
    const { status = 200, message = 'slipway_up 1', headers = {} } = refuse(request) ?? {};
    return reply.code(status).headers(headers).send(message);
  });
  const ask = (authorization?: string, address = '10.0.0.1') =>
    app.inject({
      url: '/metrics',
      headers: { host: HOST, 'x-forwarded-for': address, ...(authorization && { authorization }) },
    });
  return { app, ask };
}

const basic = (clientId: string, token = TOKEN): string =>
  `Basic ${Buffer.from(`${clientId}:${token}`).toString('base64')}`;

describe('metrics of a closed server', () => {
  const { app, ask } = served('closed');
  afterAll(() => app.close());

  it.each([
    ['prometheus', 200],
    ['ann', 200],
    ['ci', 403],
    ['gone', 401],
    ['nobody', 401],
  ])('for %s by name and token: %i', async (clientId, status) => {
    const answer = await ask(basic(clientId));
    expect(answer.statusCode).toBe(status);
    expect(answer.body).not.toContain(TOKEN);
  });

  it('are for who signs', async () => {
    const credentials = { clientId: 'prometheus', accessToken: TOKEN };
    const signed = signRequest('GET', new URL(`http://${HOST}/metrics`), { credentials });
    expect((await ask(signed)).statusCode).toBe(200);
  });

  it.each([undefined, 'Basic', 'Basic !', 'Basic OnRva2Vu', 'Bearer abc', 'Hawk'])(
    'are not for who sends %s',
    async (authorization) => {
      const answer = await ask(authorization, '10.0.0.2');
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    },
  );

  it('are kept from who tries tokens, and from nobody else', async () => {
    for (let at = 0; at < 10; at += 1)
      expect((await ask(basic('prometheus', `wrong-${at}`), '10.0.0.3')).statusCode).toBe(401);
    const answer = await ask(basic('prometheus'), '10.0.0.3');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '300']);
    expect((await ask(basic('prometheus'), '10.0.0.4')).statusCode).toBe(200);
  });
});

it('metrics of a server that is open to its machine are for everybody there', async () => {
  const { app, ask } = served('open');
  expect((await ask()).statusCode).toBe(200);
  expect((await ask(basic('prometheus', 'wrong'))).statusCode).toBe(401);
  await app.close();
});
