import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type ObjectStore, openStore } from '../index.ts';

interface Hostile extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** A store at a server that answers every listing with the same page, which is never the last. */
async function openHostile(key: string): Promise<Hostile> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/xml');
    const entry = `<Contents><Key>${key}</Key><Size>1</Size><ETag>"x"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>${entry}</ListBucketResult>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  const store = await openStore({
    type: 's3',
    bucket: 'bucket',
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a server that lists what cannot be', () => {
  it('is not asked for pages that lead nowhere', async () => {
    await using hostile = await openHostile('runs/a.json');
    const { next } = await hostile.store.list();
    expect(next).toBe('runs/a.json');
    for (const after of ['runs/a.json', 'runs/b.json'])
      await expect(hostile.store.list({ after })).rejects.toMatchObject({
        name: 'StoreError',
        code: 'PROTOCOL',
      });
  });

  it('is told of keys that are no text', async () => {
    await using hostile = await openHostile('runs/%zz');
    await expect(hostile.store.list()).rejects.toMatchObject({ name: 'StoreError', code: 'PROTOCOL' });
  });
});
