import { describe, expect, test } from 'vitest';
import type { DownloadContent } from '../content.ts';
import { lentContent, patternBytes } from './testing/lent-content.ts';
import { askContent, serveClient } from './testing/serve-content.ts';

const BYTES = patternBytes(100_000);

const get = (...lines: readonly string[]): string =>
  ['GET / HTTP/1.1', 'host: x', ...lines, '', ''].join('\r\n');

describe('a content that is named, or typed, to inject headers', () => {
  test.each([
    'a\r\nset-cookie: stolen=1',
    'a"\r\n\r\n<script>',
    'a\nset-cookie: stolen=1',
    'a\rset-cookie: stolen=1',
    'a\u2028set-cookie: stolen=1',
    'a\u560a\u560dset-cookie: stolen=1', // CR and LF where the upper byte is dropped
    '"; filename="evil.exe',
    "x'; filename*=UTF-8''evil.exe",
  ])('cannot: %j', async (evil) => {
    const expected = (await askContent(lentContent(BYTES))).headerLines.length;
    await using served = await serveClient(
      lentContent(BYTES, { fileName: evil, mediaType: `text/plain${evil}` }),
    );
    const { client } = served;
    client.send(get('range: bytes=0-0,5000-5000'));
    const { headers, headerLines, body } = await client.response();
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headerLines).toHaveLength(expected);
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="[^"\\]*"(; filename\*=UTF-8''[\w%.!~-]+)?$/,
    );
    expect(body.toString('latin1')).not.toMatch(/^set-cookie/m);
    client.send(get());
    expect((await client.response()).body.equals(BYTES)).toBe(true);
  });
});

describe('ranges without end', () => {
  test.each([
    ['hundreds of them', Array.from({ length: 500 }, (_, i) => `${i * 150}-${i * 150}`).join(',')],
    ['the same one again and again', '0-,'.repeat(1300)],
    ['the last byte from all sides', Array.from({ length: 800 }, (_, i) => `-${i + 1}`).join(',')],
    ['empty ones between', `0-0${','.repeat(8000)}50000-50000,x`],
  ])('%s: the content is sent once', async (_name, ranges) => {
    const content = lentContent(BYTES);
    await using served = await serveClient(content);
    const { client } = served;
    client.send(get(`range: bytes=${ranges}`));
    const { status, body } = await client.response();
    expect({ status, size: body.length }).toEqual({ status: 200, size: BYTES.length });
    expect(content.reads()).toBe(1);
  });

  test('as many headers as one likes: they are no range together', async () => {
    await using served = await serveClient(lentContent(BYTES));
    const { client } = served;
    client.send(get(...Array.from({ length: 100 }, (_, i) => `range: bytes=${i}-${i}`)));
    expect((await client.response()).status).toBe(200);
  });

  test('digits that no number holds', async () => {
    await using served = await serveClient(lentContent(BYTES));
    const { client } = served;
    client.send(get(`range: bytes=0-${'9'.repeat(15_000)}`));
    expect((await client.response()).headers['content-range']).toBe('bytes 0-99999/100000');
    client.send(get(`range: bytes=${'9'.repeat(15_000)}-`));
    expect((await client.response()).status).toBe(416);
  });

  test('tags without end', async () => {
    await using served = await serveClient(lentContent(BYTES));
    const { client } = served;
    client.send(get(`if-none-match: ${'"x",'.repeat(3700)} "tag-1"`));
    expect((await client.response()).status).toBe(304);
    client.send(get(`if-none-match: ${'"'.repeat(15_000)}`));
    expect((await client.response()).status).toBe(200);
    client.send(get(`if-none-match: ${' ,\t'.repeat(5000)}x`));
    expect((await client.response()).status).toBe(200);
  });
});

test('requests in one packet are answered in their order, and only one of them reads', async () => {
  const content = lentContent(BYTES);
  let mostReads = 0;
  const counted: DownloadContent = {
    ...content,
    async *read(range, signal) {
      for await (const chunk of content.read(range, signal)) {
        mostReads = Math.max(mostReads, content.openReads());
        yield chunk;
      }
    },
  };
  await using served = await serveClient(counted);
  const { client } = served;
  const starts = Array.from({ length: 60 }, (_, i) => i * 1000);
  client.send(starts.map((start) => get(`range: bytes=${start}-${start + 5000}`)).join(''));
  for (const start of starts) {
    const { status, body } = await client.response();
    expect(status).toBe(206);
    expect(body.equals(BYTES.subarray(start, start + 5001))).toBe(true);
  }
  expect(mostReads).toBe(1);
});

test('a client that closes its half has its answer, or less than it was promised', async () => {
  const content = lentContent(BYTES);
  await using served = await serveClient(content);
  const { server, client } = served;
  client.socket.end(get());
  const outcome = await server.nextOutcome();
  const { bytes } = await client.rest();
  const bodySize = bytes.length === 0 ? 0 : bytes.length - bytes.indexOf('\r\n\r\n') - 4;
  expect(outcome.end === 'complete').toBe(bodySize === BYTES.length);
  expect(content.openReads()).toBe(0);
});

test('a client that closes its half has all of its answer, where the server lets it', async () => {
  const content = lentContent(BYTES);
  await using served = await serveClient(content);
  const { server, client } = served;
  Object.assign(server.server, { httpAllowHalfOpen: true }); // known to Node, unknown to its types
  client.socket.end(get());
  expect((await client.response()).body.equals(BYTES)).toBe(true);
  expect(await client.rest()).toEqual({ bytes: Buffer.alloc(0), isReset: false });
});

test('the body of a request is waited for by nobody, and is not taken for the next request', async () => {
  await using served = await serveClient(lentContent(BYTES));
  const { client } = served;
  client.send(get('content-length: 30'));
  expect((await client.response()).status).toBe(200);
  client.send(get('content-length: 0').slice(0, 30));
  client.send(get('range: bytes=0-0'));
  expect((await client.response()).status).toBe(206);
});
