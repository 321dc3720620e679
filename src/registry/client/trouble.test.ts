import { describe, expect, it } from 'vitest';
import { type Answer, type Handler, openStandIn } from '../testing/stand-in.ts';
import { failing, json, withRegistry } from '../testing/with-registry.ts';
import { openRegistryClient } from './open-registry-client.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

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
