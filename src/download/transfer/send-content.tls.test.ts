import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { DownloadContent } from '../content.ts';
import { lentContent, patternBytes } from './testing/lent-content.ts';
import { type ContentServer, type ServeOptions, serveContent } from './testing/serve-content.ts';

const MIB = 1024 * 1024;
const pem = (name: string): string => readFileSync(join(import.meta.dirname, 'testing/tls', name), 'utf8');
const TLS = { cert: pem('cert.pem'), key: pem('key.pem') };

let closing = new AsyncDisposableStack();
afterEach(async () => {
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
});

async function serve(content: DownloadContent, options: ServeOptions = {}) {
  const server = closing.use(await serveContent(content, { ...options, tls: TLS }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: TLS.cert });
  closing.defer(() => agent.destroy());
  return { server, agent };
}

async function get(
  { server, agent }: { server: ContentServer; agent: Agent },
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingMessage> {
  const asked = request(server.url, { agent, headers });
  asked.on('error', () => {}); // seen at the response
  asked.end();
  const [response] = await once(asked, 'response');
  return response as IncomingMessage; // the event's only value
}

test('over TLS the bytes are the same, also when chunks are used again, and a connection serves several', async () => {
  const content = lentContent(patternBytes(5 * MIB), { chunkBytes: 64 * 1024 });
  const served = await serve(content);
  for (const [range, start, end] of [
    ['', 0, 5 * MIB],
    ['bytes=100000-4000000', 100_000, 4_000_001],
    ['bytes=-1', 5 * MIB - 1, 5 * MIB],
  ] as const) {
    const response = await get(served, range === '' ? {} : { range });
    const body = Buffer.concat(await response.toArray());
    expect(body.equals(content.bytes.subarray(start, end))).toBe(true);
    expect((await served.server.nextOutcome()).end).toBe('complete');
  }
  expect(Object.values(served.agent.freeSockets).flat()).toHaveLength(1);
});

test('over TLS a client that leaves ends the reading', async () => {
  const content = lentContent(Buffer.alloc(64 * MIB), { chunkBytes: MIB });
  const served = await serve(content);
  const response = await get(served);
  response.destroy();
  expect(await served.server.nextOutcome()).toMatchObject({ end: 'cut' });
  expect(content.openReads()).toBe(0);
});

test('over TLS a client that takes nothing is cut', async () => {
  const content = lentContent(Buffer.alloc(64 * MIB), { chunkBytes: MIB });
  const served = await serve(content, { stallTimeoutMs: 50 });
  const response = await get(served);
  response.on('error', () => {}); // that it is cut
  response.pause();
  expect(await served.server.nextOutcome()).toMatchObject({
    end: 'cut',
    error: { message: 'the other side took nothing for 50 ms' },
  });
  expect(content.openReads()).toBe(0);
});
