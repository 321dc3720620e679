import { describe, expect, it } from 'vitest';
import type { RegistryErrorCode } from '../error.ts';
import { type Answer, type Handler, openStandIn } from '../testing/stand-in.ts';
import { failing, json, withRegistry } from '../testing/with-registry.ts';

describe('who calls', () => {
  const bearer = (realm: string): Answer => ({
    status: 401,
    headers: { 'www-authenticate': `Bearer realm="${realm}",service="registry",scope="x"` },
  });

  it.each([
    'http://registry.example/token',
    'http://169.254.169.254/latest/meta-data',
    'ftp://127.0.0.1/token',
    'http://me:pw@127.0.0.1:1/token',
    '/token',
    '',
  ])('is not told to %j', async (realm) => {
    await withRegistry(
      () => bearer(realm),
      async (client) => await expect(client.ping()).rejects.toEqual(failing('PROTOCOL')),
    );
  });

  it('is told once, where one token is good for several requests at a time', async () => {
    await using tokens = await openStandIn(() => json({ access_token: 'abc', expires_in: 300 }));
    const handler: Handler = ({ headers }) =>
      headers.authorization === 'Bearer abc'
        ? json({ tags: ['one'] })
        : bearer(`http://${tokens.host}/token`);
    await withRegistry(handler, async (client) => {
      await client.tags('alice');
      await Promise.all([client.tags('alice'), client.tags('alice')]);
      expect(tokens.requests.map(({ url }) => url)).toEqual([
        '/token?service=registry&scope=repository%3Aalice%3Apull&account=alice',
      ]);
      expect(tokens.requests[0]?.headers.authorization).toMatch(/^Basic /);
    });
  });

  it('gets a new token when the time of one is over', async () => {
    let now = 0;
    await using tokens = await openStandIn((_request, count) =>
      json({ token: `t${count}`, expires_in: 100 }),
    );
    const handler: Handler = ({ headers }) =>
      headers.authorization === undefined ? bearer(`http://${tokens.host}/token`) : json({ tags: [] });
    await withRegistry(
      handler,
      async (client, registry) => {
        await client.tags('alice');
        now = 99_000;
        await client.tags('alice');
        expect(registry.requests.at(-1)?.headers.authorization).toBe('Bearer t2');
      },
      { now: () => now },
    );
  });

  it.each<[string, Answer, RegistryErrorCode]>([
    ['no JSON', { body: 'token' }, 'PROTOCOL'],
    ['no token', json({}), 'PROTOCOL'],
    ['a token that is two headers', json({ token: 'a\r\nx-evil: 1' }), 'PROTOCOL'],
    ['a token of a megabyte', json({ token: 'x'.repeat(1024 * 1024) }), 'TOO_LARGE'],
    ['another place', { status: 302, headers: { location: 'http://169.254.169.254/' } }, 'PROTOCOL'],
    ['nothing for them', { status: 401 }, 'UNAUTHORIZED'],
    ['an error', { status: 500 }, 'UNREACHABLE'],
  ])('is refused with %s in the place of a token', async (_title, answer, code) => {
    await using tokens = await openStandIn(() => answer);
    await withRegistry(
      () => bearer(`http://${tokens.host}/token`),
      async (client) => {
        const tags = client.tags('alice');
        await expect(tags).rejects.toEqual(failing(code));
        await expect(tags).rejects.not.toThrow(/correct horse/);
      },
    );
  });

  it('is not told again and again to a registry that never believes it', async () => {
    await using tokens = await openStandIn(() => json({ token: 'abc' }));
    await withRegistry(
      () => bearer(`http://${tokens.host}/token`),
      async (client, registry) => {
        await expect(client.tags('alice')).rejects.toEqual(failing('UNAUTHORIZED'));
        expect(registry.requests.length).toBeLessThan(5);
        expect(tokens.requests.length).toBeLessThan(5);
      },
    );
  });

  it('is told a token server in the form for stored tokens where docker stored one', async () => {
    await using tokens = await openStandIn(() => json({ access_token: 'abc' }));
    const handler: Handler = ({ headers }) =>
      headers.authorization === undefined ? bearer(`http://${tokens.host}/token`) : json({ tags: [] });
    const credentials = { username: '<token>', password: 'long-lived' };
    await withRegistry(
      handler,
      async (client) => {
        await client.tags('alice');
        expect(tokens.requests[0]).toMatchObject({ method: 'POST', url: '/token' });
        expect(Object.fromEntries(new URLSearchParams(tokens.requests[0]?.body.toString()))).toEqual({
          service: 'registry',
          scope: 'repository:alice:pull',
          grant_type: 'refresh_token',
          client_id: 'slipway',
          refresh_token: 'long-lived',
        });
      },
      { credentials },
    );
  });

  it('reads several challenges, and takes a token before a password', async () => {
    await using tokens = await openStandIn(() => json({ token: 'abc' }));
    const handler: Handler = ({ headers }) =>
      headers.authorization === 'Bearer abc'
        ? json({ tags: ['one'] })
        : {
            status: 401,
            headers: {
              'www-authenticate': `Basic realm="a \\"b\\", c", bearer Realm="http://${tokens.host}/t"`,
            },
          };
    await withRegistry(handler, async (client) => expect(await client.tags('alice')).toEqual(['one']));
  });
});
