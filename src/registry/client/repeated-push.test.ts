import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, once } from '../../../test/support/push-image.ts';
import type { Answer, Handler, SeenRequest } from '../testing/stand-in.ts';
import { withRegistry } from '../testing/with-registry.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const MIB = 1024 * 1024;

/** A registry that refuses a part that comes twice, as real ones do. */
function strictRegistry() {
  const blobs = new Map<string, Buffer>();
  const tags = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  let begun = 0;

  function upload({ method, url, headers, body }: SeenRequest): Answer {
    const { pathname, searchParams } = new URL(url, 'http://registry');
    const before = uploads.get(pathname);
    if (before === undefined) return { status: 404 };
    if (method === 'DELETE') return { status: uploads.delete(pathname) ? 204 : 404 };
    const from = /^(\d+)-/.exec(String(headers['content-range'] ?? '0-'))?.[1];
    if (Number(from) !== before.length) return { status: 416 };
    const all = Buffer.concat([before, body]);
    uploads.set(pathname, all);
    if (method === 'PATCH') return { status: 202, headers: { location: pathname } };
    uploads.delete(pathname);
    blobs.set(searchParams.get('digest') ?? '', all);
    return { status: 201 };
  }

  function handle(request: SeenRequest): Answer {
    const { method, url, body } = request;
    const [, digest] = /\/blobs\/(sha256:\w+)$/.exec(url) ?? [];
    if (digest !== undefined) return { status: blobs.has(digest) ? 200 : 404 };
    if (method === 'POST') {
      begun += 1;
      const location = `/v2/alice/blobs/uploads/${begun}`;
      uploads.set(location, Buffer.alloc(0));
      return { status: 202, headers: { location } };
    }
    if (!url.includes('/manifests/')) return upload(request);
    tags.set(url, body);
    return { status: 201 };
  }
  return { blobs, tags, handle };
}

const FAULTS = ['cut before', 'cut after', 503, 429] as const;

/** The same numbers for the same seed. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

describe('a push through trouble', () => {
  const bytes = randomBytes(8 * MIB + 5); // two parts
  const digest = digestOf(bytes);
  const manifest = { mediaType: MANIFEST, bytes: Buffer.from('{"schemaVersion":2}'), tag: 'one' };

  async function pushed(faultOf: (count: number) => (typeof FAULTS)[number] | undefined): Promise<number> {
    const registry = strictRegistry();
    const handler: Handler = (request, count) => {
      const fault = faultOf(count);
      if (typeof fault === 'number') return { status: fault };
      if (fault === 'cut before') return 'cut';
      const answer = registry.handle(request);
      return fault === 'cut after' ? 'cut' : answer;
    };
    let asked = 0;
    await withRegistry(handler, async (client, { requests }) => {
      await client.tags('nobody').catch(() => undefined); // a connection that is used again
      await client.putBlob('alice', { digest, size: bytes.length, open: () => once(bytes) });
      await client.putManifest('alice', manifest);
      asked = requests.length;
    });
    expect(registry.blobs.get(digest)?.equals(bytes)).toBe(true);
    expect([...registry.tags.values()]).toEqual([manifest.bytes]);
    return asked;
  }

  it('sends nothing twice that the registry took and only could not say so', async () => {
    const whole = await pushed(() => undefined);
    // The answer to the last part of the blob is lost: it is there, and the manifest follows.
    const last = whole - 1;
    expect(await pushed((count) => (count === last ? 'cut after' : undefined))).toBe(whole + 2); // let go of, looked for
  });

  it.each(FAULTS)('goes well with one fault (%s), whichever request it meets', async (fault) => {
    for (const at of [2, 3, 4, 5, 6]) await pushed((count) => (count === at ? fault : undefined));
  });

  it('goes well with two faults at any places', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = numbers(seed);
      const faults = new Map<number, (typeof FAULTS)[number]>();
      for (let n = 0; n < 2; n += 1) {
        const at = 2 + Math.floor(random.next().value * 7);
        faults.set(at, FAULTS[Math.floor(random.next().value * FAULTS.length)] ?? 503);
      }
      await pushed((count) => faults.get(count)).catch((cause: unknown) => {
        throw new Error(`with seed ${seed}: ${[...faults].join(' and ')}`, { cause });
      });
    }
  });
});
