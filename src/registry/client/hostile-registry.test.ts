import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, once } from '../../../test/support/push-image.ts';
import type { RegistryErrorCode } from '../error.ts';
import { type Answer, type Handler, openStandIn, type StandIn } from '../testing/stand-in.ts';
import { openRegistryClient, type RegistryClientOptions } from './open-registry-client.ts';
import type { RegistryClient } from './registry-client.ts';

const CREDENTIALS = { username: 'alice', password: 'correct horse' };
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

const json = (value: unknown, more: Partial<Answer> = {}): Answer => ({
  body: JSON.stringify(value),
  ...more,
});

type Use = (client: RegistryClient, registry: StandIn) => Promise<void>;

async function withRegistry(
  handler: Handler,
  use: Use,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> {
  await using registry = await openStandIn(handler);
  const fixed = { host: registry.host, retryPausesMs: [1, 1], credentials: CREDENTIALS };
  await using client = openRegistryClient({ ...fixed, ...options });
  await use(client, registry);
}

const failing = (code: RegistryErrorCode) => expect.objectContaining({ name: 'RegistryError', code });

const list = (client: RegistryClient): Promise<string[]> => Array.fromAsync(client.catalog());

describe('a list of a registry', () => {
  it('that goes round in a circle is an error', async () => {
    const links = ['a', 'b', 'a'];
    const handler: Handler = (_request, count) =>
      json(
        { repositories: ['x'] },
        { headers: { link: `</v2/_catalog?last=${links[(count - 1) % 3]}>; rel="next"` } },
      );
    await withRegistry(handler, async (client, registry) => {
      await expect(list(client)).rejects.toEqual(failing('PROTOCOL'));
      expect(registry.requests.length).toBeLessThan(5);
    });
  });

  it('goes on at the same registry whatever host it names', async () => {
    await using other = await openStandIn(() => json({ repositories: ['stolen'] }));
    const handler: Handler = (_request, count) =>
      count === 1
        ? json(
            { repositories: ['one'] },
            { headers: { link: `<http://${other.host}/v2/_catalog?last=one&n=1>; rel="next"` } },
          )
        : json({ repositories: ['two'] });
    await withRegistry(handler, async (client, registry) => {
      expect(await list(client)).toEqual(['one', 'two']);
      expect(registry.requests[1]?.url).toBe('/v2/_catalog?last=one&n=1');
      expect(other.requests).toEqual([]);
    });
  });

  it.each<[string, Answer, RegistryErrorCode]>([
    ['is no JSON', { body: '<html>' }, 'PROTOCOL'],
    ['has names that are no text', json({ repositories: [1] }), 'PROTOCOL'],
    ['has very long names', json({ repositories: ['x'.repeat(5000)] }), 'PROTOCOL'],
    ['is larger than a page may be', { body: Buffer.alloc(5 * 1024 * 1024, 'x') }, 'TOO_LARGE'],
    [
      'goes on at another place',
      json({ repositories: [] }, { headers: { link: '</admin?x=1>; rel="next"' } }),
      'PROTOCOL',
    ],
  ])('that %s is an error', async (_title, answer, code) => {
    await withRegistry(
      () => answer,
      async (client) => await expect(list(client)).rejects.toEqual(failing(code)),
    );
  });

  it.each([{ tags: null }, {}])('without tags is empty: %j', async (answer) => {
    await withRegistry(
      () => json(answer),
      async (client) => expect(await client.tags('alice')).toEqual([]),
    );
  });
});

describe('a manifest', () => {
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST });
  const digest = digestOf(Buffer.from(bytes));
  const asManifest = { headers: { 'content-type': MANIFEST } };

  it('is digested where the registry does not say its digest', async () => {
    const handler: Handler = ({ method }) => (method === 'HEAD' ? {} : { body: bytes, ...asManifest });
    await withRegistry(handler, async (client, registry) => {
      expect(await client.findDigest('alice', 'one')).toBe(digest);
      for (const { headers } of registry.requests) {
        expect(headers.accept).toContain(MANIFEST);
        expect(headers.accept).toContain('application/vnd.docker.distribution.manifest.v2+json');
        expect(headers.accept).toContain(INDEX);
      }
    });
  });

  it.each<[string, Answer, string, RegistryErrorCode]>([
    ['other bytes than its digest says', { body: '{}', ...asManifest }, digest, 'DIGEST_MISMATCH'],
    [
      'another digest than the registry says',
      { body: bytes, headers: { 'content-type': MANIFEST, 'docker-content-digest': OTHER_DIGEST } },
      'one',
      'DIGEST_MISMATCH',
    ],
    ['a page for people', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'one', 'PROTOCOL'],
    ['another type than its header', { body: bytes, headers: { 'content-type': INDEX } }, 'one', 'PROTOCOL'],
    [
      'the form of long ago',
      json(
        { schemaVersion: 1 },
        { headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' } },
      ),
      'one',
      'PROTOCOL',
    ],
    ['more than 4 MiB', { body: Buffer.alloc(5 * 1024 * 1024, ' '), ...asManifest }, 'one', 'TOO_LARGE'],
  ])('with %s is an error', async (_title, answer, reference, code) => {
    await withRegistry(
      () => answer,
      async (client) => await expect(client.manifest('alice', reference)).rejects.toEqual(failing(code)),
    );
  });

  it('that the registry gives in place of another is an error', async () => {
    const handler: Handler = () => ({ headers: { 'docker-content-digest': OTHER_DIGEST } });
    await withRegistry(handler, async (client) => {
      await expect(client.findDigest('alice', digest)).rejects.toEqual(failing('DIGEST_MISMATCH'));
    });
  });

  it.each(['../x', 'A', 'a b', 'a\r\nHost: x', 'a?x', ''])('of %j is not asked for', async (name) => {
    await withRegistry(
      () => ({}),
      async (client, registry) => {
        await expect(client.manifest(name, 'one')).rejects.toEqual(failing('INVALID_IMAGE'));
        await expect(client.manifest('alice', `x${name}/../y`)).rejects.toEqual(failing('INVALID_IMAGE'));
        expect(registry.requests).toEqual([]);
      },
    );
  });
});

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
      expect(methods.join(' ')).toBe('HEAD POST PUT DELETE POST PUT DELETE POST PUT');
    });
  });
});

describe('trouble that passes', () => {
  it('is waited for, as long as the registry asks for', async () => {
    const notices: string[] = [];
    const answers: Answer[] = [
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503 },
      json({ tags: ['one'] }),
    ];
    const onNotice = (text: string) => void notices.push(text);
    await withRegistry(
      (_request, count) => answers[count - 1] ?? {},
      async (client) => expect(await client.tags('alice')).toEqual(['one']),
      { onNotice },
    );
    expect(notices).toHaveLength(2);
    expect(notices[0]).toContain('answers 429');
  });

  it('is given up in the end, with the registry’s codes and none of its sentences', async () => {
    const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'correct horse' }] });
    await withRegistry(
      () => ({ status: 500, body }),
      async (client, registry) => {
        const tags = client.tags('alice');
        await expect(tags).rejects.toEqual(failing('UNREACHABLE'));
        await expect(tags).rejects.toThrow(/answers 500 UNKNOWN$/);
        expect(registry.requests).toHaveLength(3);
      },
    );
  });

  it('is an answer that breaks off', async () => {
    const whole = json({ tags: ['one'] });
    await withRegistry(
      (_request, count) => (count === 1 ? { ...whole, cutAfter: 5 } : whole),
      async (client) => expect(await client.tags('alice')).toEqual(['one']),
    );
  });

  it.each<[string, Answer | 'silence']>([
    ['nothing', 'silence'],
    ['only a part', json({ tags: ['one'] }, { stallAfter: 5 })],
  ])('is a registry that says %s', async (_title, answer) => {
    await withRegistry(
      () => answer,
      async (client) => await expect(client.tags('alice')).rejects.toEqual(failing('UNREACHABLE')),
      { stallTimeoutMs: 50, retryPausesMs: [] },
    );
  });

  it('is a registry that is not there', async () => {
    const gone = await openStandIn(() => ({}));
    await gone[Symbol.asyncDispose]();
    const notices: string[] = [];
    await using client = openRegistryClient({
      host: gone.host,
      retryPausesMs: [1, 1],
      onNotice: (text) => notices.push(text),
    });
    await expect(client.tags('alice')).rejects.toEqual(failing('UNREACHABLE'));
    expect(notices).toHaveLength(2);
  });

  it('is a token server that cannot now', async () => {
    await using tokens = await openStandIn((_request, count) =>
      count === 1 ? { status: 503 } : json({ token: 'abc' }),
    );
    const handler: Handler = ({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${tokens.host}/token"` } }
        : json({ tags: ['one'] });
    await withRegistry(handler, async (client) => expect(await client.tags('alice')).toEqual(['one']));
  });

  it('ends when the caller does not want it any more', async () => {
    const abort = new AbortController();
    await withRegistry(
      () => {
        setImmediate(() => abort.abort());
        return 'silence';
      },
      async (client) =>
        await expect(client.ping({ signal: abort.signal })).rejects.toEqual(failing('ABORTED')),
    );
  });

  it('is not a registry without room', async () => {
    await withRegistry(
      ({ method }) => (method === 'PUT' ? { status: 507 } : { status: 404 }),
      async (client, registry) => {
        const manifest = { mediaType: MANIFEST, bytes: Buffer.from('{}'), tag: 'one' };
        await expect(client.putManifest('alice', manifest)).rejects.toEqual(failing('NO_SPACE'));
        expect(registry.requests).toHaveLength(1);
      },
    );
  });
});

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

describe('a registry that keeps account of what belongs to images', () => {
  const subject = { mediaType: MANIFEST, digest: OTHER_DIGEST, size: 2 };
  const artifact = {
    subject,
    artifactType: 'application/x-note',
    mediaType: 'text/plain',
    bytes: Buffer.from('note'),
  };
  const index = (manifests: object[]): Answer =>
    json({ schemaVersion: 2, mediaType: INDEX, manifests }, { headers: { 'content-type': INDEX } });

  it('is asked by its own route, page by page, and needs no index of ours', async () => {
    const found = (digit: string, artifactType: string) => ({
      mediaType: MANIFEST,
      digest: `sha256:${digit.repeat(64)}`,
      size: 1,
      artifactType,
    });
    const handler: Handler = ({ method, url }) => {
      if (method === 'PUT') return { status: 201, headers: { 'oci-subject': OTHER_DIGEST } };
      if (method === 'HEAD') return {};
      if (!url.includes('/referrers/')) return { status: 404 };
      const link = `</v2/alice/referrers/${OTHER_DIGEST}?p=2>; rel="next"`;
      const page = index([found('a', 'application/x-note'), found('b', 'other/type')]);
      if (!url.includes('p=2')) return { ...page, headers: { ...page.headers, link } };
      return index([found('c', 'application/x-note')]);
    };
    await withRegistry(handler, async (client, registry) => {
      const some = await client.referrers('alice', OTHER_DIGEST, { artifactType: 'application/x-note' });
      expect(some.map(({ digest }) => digest[7])).toEqual(['a', 'c']);
      await client.attach('alice', artifact);
      expect(registry.requests.filter(({ url }) => url.includes('/manifests/sha256-'))).toEqual([]);
    });
  });

  it('is not needed: an addition that another program undid is made again', async () => {
    const tag = `/v2/alice/manifests/${OTHER_DIGEST.replace(':', '-')}`;
    const other = { mediaType: MANIFEST, digest: `sha256:${'e'.repeat(64)}`, size: 1 };
    let stored: object[] = [];
    let puts = 0;
    const handler: Handler = ({ method, url, body }) => {
      if (url !== tag) return method === 'HEAD' ? {} : { status: method === 'PUT' ? 201 : 404 };
      if (method !== 'PUT') return stored.length === 0 ? { status: 404 } : index(stored);
      puts += 1;
      // Another program read the index before, and writes after us.
      stored = puts === 1 ? [other] : JSON.parse(body.toString()).manifests;
      return { status: 201 };
    };
    await withRegistry(handler, async (client) => {
      const digest = await client.attach('alice', artifact);
      expect(stored).toEqual([other, expect.objectContaining({ digest })]);
    });
  });
});

describe('an encrypted registry', () => {
  const folder = join(import.meta.dirname, '../../../test/support/tls');
  const tls = {
    key: readFileSync(join(folder, 'server.key')),
    cert: readFileSync(join(folder, 'server.crt')),
  };

  it('is believed with a certificate that is trusted, and not otherwise', async () => {
    await using registry = await openStandIn(() => json({ tags: ['one'] }), tls);
    const fixed = { host: registry.host, isPlainHttp: false, retryPausesMs: [] };
    await using trusting = openRegistryClient({ ...fixed, ca: tls.cert });
    expect(await trusting.tags('alice')).toEqual(['one']);
    await using other = openRegistryClient(fixed);
    await expect(other.tags('alice')).rejects.toEqual(failing('UNREACHABLE'));
  });

  it('sends nobody to what is not encrypted', async () => {
    await using plain = await openStandIn(() => json({ token: 'abc', tags: ['stolen'] }));
    const answers: Answer[] = [
      { status: 307, headers: { location: `http://${plain.host}/v2/` } },
      { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${plain.host}/token"` } },
    ];
    for (const answer of answers) {
      await using registry = await openStandIn(() => answer, tls);
      const fixed = { host: registry.host, isPlainHttp: false, credentials: CREDENTIALS };
      await using client = openRegistryClient({ ...fixed, ca: tls.cert });
      await expect(client.tags('alice')).rejects.toEqual(failing('PROTOCOL'));
    }
    expect(plain.requests).toEqual([]);
  });
});
