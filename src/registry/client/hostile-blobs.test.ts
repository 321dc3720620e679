import { describe, expect, it } from 'vitest';
import { digestOf, once } from '../../../test/support/push-image.ts';
import type { RegistryErrorCode } from '../error.ts';
import { type Handler, openStandIn } from '../testing/stand-in.ts';
import { failing, withRegistry } from '../testing/with-registry.ts';
import type { RegistryClient } from './registry-client.ts';

describe('a blob', () => {
  const content = Buffer.from('0123456789'.repeat(50_000));
  const blob = { digest: digestOf(content), size: content.length };
  const readAll = async (client: RegistryClient): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(client.readBlob('alice', blob)));

  it.each<[string, Buffer, RegistryErrorCode]>([
    ['more', Buffer.concat([content, content]), 'DIGEST_MISMATCH'],
    ['fewer', content.subarray(1), 'DIGEST_MISMATCH'],
    ['other', Buffer.from(content).fill('x', 5, 6), 'DIGEST_MISMATCH'],
  ])('of %s bytes is an error', async (_title, body, code) => {
    await withRegistry(
      () => ({ body }),
      async (client) => await expect(readAll(client)).rejects.toEqual(failing(code)),
    );
  });

  it.each([true, false])('goes on where it broke off; the registry knows ranges: %s', async (knowsRanges) => {
    const handler: Handler = ({ headers }, count) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const cut = count < 3 ? { cutAfter: 200_000 } : {};
      if (from === 0 || !knowsRanges) return { body: content, ...cut };
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      return { status: 206, headers: { 'content-range': range }, body: content.subarray(from), ...cut };
    };
    await withRegistry(handler, async (client, registry) => {
      expect((await readAll(client)).equals(content)).toBe(true);
      expect(registry.requests.length).toBe(3);
    });
  });

  it('gives up where nothing more ever comes', async () => {
    const handler: Handler = () => ({ body: content, cutAfter: 100 });
    await withRegistry(handler, async (client) => {
      await expect(readAll(client)).rejects.toEqual(failing('UNREACHABLE'));
    });
  });

  it('that lies elsewhere is fetched from there, without saying who calls', async () => {
    await using store = await openStandIn(() => ({ body: content }));
    const handler: Handler = ({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : { status: 307, headers: { location: `http://${store.host}/blob?signature=1` } };
    await withRegistry(handler, async (client, registry) => {
      expect((await readAll(client)).equals(content)).toBe(true);
      expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
      expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    });
  });

  it.each(['file:///etc/passwd', 'http://169.254.169.254/latest', 'nonsense:', 'http://me:pw@127.0.0.1:1/x'])(
    'is not fetched from %s',
    async (location) => {
      await withRegistry(
        () => ({ status: 307, headers: { location } }),
        async (client) => await expect(readAll(client)).rejects.toEqual(failing('PROTOCOL')),
      );
    },
  );

  it('that is redirected for ever is an error', async () => {
    const handler: Handler = () => ({ status: 307, headers: { location: '/again' } });
    await withRegistry(handler, async (client, registry) => {
      await expect(readAll(client)).rejects.toEqual(failing('PROTOCOL'));
      expect(registry.requests.length).toBeLessThan(10);
    });
  });
});

describe('an upload', () => {
  const content = Buffer.from('content');
  const blob = { digest: digestOf(content), size: content.length, open: () => once(content) };
  const taking =
    (location: string): Handler =>
    ({ method }) => {
      if (method === 'HEAD') return { status: 404 };
      return method === 'POST' ? { status: 202, headers: { location } } : { status: 201 };
    };

  it('goes on nowhere else than at the registry', async () => {
    await using other = await openStandIn(() => ({ status: 201 }));
    for (const location of [`http://${other.host}/v2/x`, '/elsewhere', 'nonsense:', ''])
      await withRegistry(taking(location), async (client) => {
        await expect(client.putBlob('alice', blob)).rejects.toEqual(failing('PROTOCOL'));
      });
    expect(other.requests).toEqual([]);
  });

  it('keeps what the registry put into the address that it goes on at', async () => {
    await withRegistry(taking('/v2/alice/blobs/uploads/1?_state=a%2Fb'), async (client, registry) => {
      await client.putBlob('alice', blob);
      expect(registry.requests.at(-1)).toMatchObject({
        method: 'PUT',
        url: `/v2/alice/blobs/uploads/1?_state=a%2Fb&digest=${encodeURIComponent(blob.digest)}`,
        body: content,
      });
    });
  });

  it('begins anew after trouble that passes, and lets the registry know', async () => {
    let puts = 0;
    const handler: Handler = (request, count) => {
      if (request.method === 'DELETE') return { status: 204 };
      if (request.method === 'PUT') {
        puts += 1;
        if (puts < 3) return { status: 503 };
      }
      return taking(`/v2/alice/blobs/uploads/${count}`)(request, count);
    };
    await withRegistry(handler, async (client, registry) => {
      await client.putBlob('alice', blob);
      const methods = registry.requests.map(({ method }) => method);
      expect(methods.join(' ')).toBe('HEAD POST PUT DELETE HEAD POST PUT DELETE HEAD POST PUT');
    });
  });
});
