import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/index.ts';
import { type OciServer, startOciServer } from '../../store/testing/oci-server.ts';
import { sendContent } from '../transfer/send-content.ts';
import { type OciDownloads, openOciDownloads } from './oci-downloads.ts';

const KEY = 'project-artifacts/app/0123456789abcdef01234567/output.tar';
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const { signal } = new AbortController();

let server: OciServer;
let downloads: OciDownloads;

beforeEach(async () => {
  server = await startOciServer();
  downloads = await openOciDownloads({ location: server.location, now: Date.now });
  await using store = await openStore(server.location);
  await store.put(KEY, ReadableStream.from([BYTES]), { mediaType: 'application/x-tar' });
});
afterEach(async () => {
  await downloads[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('a download from OCI', () => {
  it('is an object with its name, its size and what names its bytes', async () => {
    await using content = await downloads.open(KEY, { signal });
    expect(content).toMatchObject({
      sizeBytes: BYTES.length,
      etag: SHA256,
      sha256: SHA256,
      mediaType: 'application/x-tar',
      fileName: 'output.tar',
    });
  });

  it('is absent where there is no such object', async () => {
    expect(await downloads.open('none', { signal })).toBeUndefined();
    expect(await downloads.open('../../etc/passwd', { signal })).toBeUndefined();
  });

  it('can be sent to a client, in ranges and under conditions', async () => {
    const web = createServer(async (request, response) => {
      await using content = await downloads.open(KEY, { signal });
      if (content === undefined) throw new Error('the object is absent');
      await sendContent({ request, response, content, signal, stallTimeoutMs: 10_000 });
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/`; // a server on a port has such an address
    const get = (headers: Record<string, string>): Promise<Response> => fetch(url, { headers });
    const whole = await get({});
    expect(Buffer.from(await whole.arrayBuffer()).equals(BYTES)).toBe(true);
    const part = await get({ range: 'bytes=1000-1999', 'if-range': whole.headers.get('etag') ?? '' });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(1000, 2000))).toBe(true);
    const unchanged = await get({ 'if-none-match': whole.headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
    const fetched = server.seen.filter(({ target }) => target.startsWith('/p/'));
    expect(fetched.map(({ headers }) => headers['range'])).toEqual([undefined, 'bytes=1000-1999']);
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    await downloads[Symbol.asyncDispose]();
    expect(server.accesses()).toEqual([]);
  });
});
