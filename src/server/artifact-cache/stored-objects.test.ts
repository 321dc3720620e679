import { describe, expect, it } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { CacheError, objectPath, type Repository, type StoredBytes } from '../../cache/index.ts';
import { lend, makeArtifact } from '../../cache/repository/testing/make-artifact.ts';
import { makeRepository } from '../../cache/repository/testing/repository-folder.ts';
import { decodeFrames } from '../../cache/wire/batch.ts';
import { encodeEntries } from '../../cache/wire/entries.ts';
import { noise, serveCache } from './testing/serve-cache.ts';

const ARTIFACT = makeArtifact({ 'files/large': noise(200_000, 1), 'files/small': 'small' });

/** A repository whose objects are elsewhere, as one with `objects=` has them; counts what is open. */
async function elsewhere(open?: Repository['open']) {
  const repository = await makeRepository();
  const stored = new Map(ARTIFACT.objects.map(({ name, bytes }) => [objectPath(name), bytes]));
  let opened = 0;
  const read: Repository['open'] = async (name) => {
    const bytes = stored.get(objectPath(name));
    if (bytes === undefined) return undefined;
    opened += 1;
    const content: StoredBytes = {
      sizeBytes: bytes.length,
      [Symbol.asyncIterator]: () => lend(bytes),
      async [Symbol.asyncDispose]() {
        opened -= 1;
      },
    };
    return content;
  };
  const own = {
    settings: { ...repository.settings, objects: 's3://bucket/prefix' },
    open: open ?? read,
    sizeOf: async (name: Parameters<Repository['sizeOf']>[0]) => stored.get(objectPath(name))?.length,
    readMetadata: async (name: Parameters<Repository['readMetadata']>[0]) => stored.get(objectPath(name)),
    touch: async () => {},
  };
  const changed: Repository = Object.assign(Object.create(repository), own);
  return { repository: changed, open: () => opened };
}

describe('objects in a store', () => {
  it('come through the server as they are, from their beginning', async () => {
    const { repository, open } = await elsewhere();
    const { url } = await serveCache(repository);
    for (const { name, bytes } of ARTIFACT.objects) {
      const headers = { range: 'bytes=10-19' };
      const { status, body, headers: got } = await ask(url, `/artifacts/${objectPath(name)}`, { headers });
      expect(status).toBe(200);
      expect(body.equals(bytes)).toBe(true);
      expect(got).toMatchObject({ 'accept-ranges': 'none', 'content-length': String(bytes.length) });
      const same = { 'if-none-match': String(got['etag']) };
      expect((await ask(url, `/artifacts/${objectPath(name)}`, { headers: same })).status).toBe(304);
    }
    expect((await ask(url, `/objects/00/${'0'.repeat(62)}.filez`)).status).toBe(404);
    expect((await ask(url, '/config')).status).toBe(200);
    expect(open()).toBe(0);
  });

  it('are in closures and batches', async () => {
    const { repository, open } = await elsewhere();
    const { url } = await serveCache(repository);
    const closure = await ask(url, `/.slipway/closure/${ARTIFACT.commit}`);
    const names = (decodeFrames(closure.body) ?? []).map(({ name }) => name);
    expect(names.length).toBe(ARTIFACT.objects.length);
    const { status, body } = await ask(url, '/.slipway/objects', {
      method: 'POST',
      body: encodeEntries(names),
    });
    expect(status).toBe(200);
    const total = ARTIFACT.objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(body.length).toBe(closure.body.length + total);
    expect(open()).toBe(0);
  });

  it('are 500 where the store fails, without its words', async () => {
    const secret = 'https://store.example/?signature=hunter2';
    const { repository } = await elsewhere(async () => {
      throw new CacheError('UNAVAILABLE', secret);
    });
    const { url } = await serveCache(repository);
    const [object] = ARTIFACT.objects;
    const { status, text } = await ask(url, `/${object === undefined ? '' : objectPath(object.name)}`);
    expect(status).toBe(500);
    expect(text).not.toContain('hunter2');
  });
});
