import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../test/support/push-image.ts';
import type { RegistryErrorCode } from '../error.ts';
import { type Answer, type Handler, openStandIn } from '../testing/stand-in.ts';
import { CREDENTIALS, failing, json, withRegistry } from '../testing/with-registry.ts';
import { openRegistryClient } from './open-registry-client.ts';
import type { RegistryClient } from './registry-client.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;
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
