import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { DownloadContent } from '../content.ts';
import { lentContent, patternBytes } from './testing/lent-content.ts';
import { type RawClient, type RawResponse, rawClient } from './testing/raw-client.ts';
import { type ServeOptions, serveContent } from './testing/serve-content.ts';

const BYTES = patternBytes(10_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const MODIFIED_AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const MODIFIED = 'Fri, 02 Jan 2026 03:04:05 GMT';

let closing = new AsyncDisposableStack();
afterEach(async () => {
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
});

/** A connection to a server of the content. */
async function clientOf(content: DownloadContent, options: ServeOptions = {}): Promise<RawClient> {
  const server = closing.use(await serveContent(content, options));
  return closing.use(await rawClient(server.port));
}

const request = (headers: Readonly<Record<string, string>> = {}, method = 'GET'): string => {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} / HTTP/1.1\r\n${lines.join('')}\r\n`;
};

async function get(
  content: DownloadContent,
  headers: Readonly<Record<string, string>> = {},
  options: ServeOptions & { readonly method?: string } = {},
): Promise<RawResponse> {
  const { method = 'GET', ...serving } = options;
  const client = await clientOf(content, serving);
  client.send(request(headers, method));
  return await client.response({ isHead: method === 'HEAD' });
}

const known = lentContent(BYTES, { sha256: SHA256, modifiedAt: MODIFIED_AT });

test('a content is sent whole, with all that is known of it', async () => {
  const { status, headers, body } = await get(known);
  expect(status).toBe(200);
  expect(body.equals(BYTES)).toBe(true);
  expect(headers).toMatchObject({
    'accept-ranges': 'bytes',
    'content-disposition': 'attachment; filename="output.tar"',
    'content-length': '10000',
    'content-type': 'application/x-tar',
    etag: '"tag-1"',
    'last-modified': MODIFIED,
    'repr-digest': `sha-256=:${createHash('sha256').update(BYTES).digest('base64')}:`,
    'x-content-type-options': 'nosniff',
  });
  expect(headers).not.toHaveProperty('transfer-encoding');
});

test('what is not known of a content is not said', async () => {
  const { headers } = await get(lentContent(BYTES));
  expect(headers).not.toHaveProperty('last-modified');
  expect(headers).not.toHaveProperty('repr-digest');
  expect(headers).not.toHaveProperty('cache-control');
});

test('HEAD is answered with the same headers, and the content is not read', async () => {
  const content = lentContent(BYTES, { sha256: SHA256, modifiedAt: MODIFIED_AT });
  const client = await clientOf(content);
  client.send(request({ range: 'bytes=0-9' }, 'HEAD'));
  const head = await client.response({ isHead: true });
  expect(content.reads()).toBe(0);
  client.send(request());
  const whole = await client.response();
  expect(head.status).toBe(200);
  expect({ ...head.headers, date: '' }).toEqual({ ...whole.headers, date: '' });
});

test('an empty content is sent, and not read', async () => {
  const content = lentContent(Buffer.alloc(0));
  const { status, headers } = await get(content);
  expect({ status, length: headers['content-length'] }).toEqual({ status: 200, length: '0' });
  expect(content.reads()).toBe(0);
  expect((await get(content, { range: 'bytes=-5' })).status).toBe(200);
  const outside = await get(content, { range: 'bytes=0-' });
  expect(outside.status).toBe(416);
  expect(outside.headers['content-range']).toBe('bytes */0');
});

test('headers of the caller win over those of the content, but not over the lengths', async () => {
  const { status, headers } = await get(
    known,
    { range: 'bytes=1-2' },
    {
      headers: {
        'Content-Type': 'binary/octet-stream',
        'Cache-Control': 'private, no-cache',
        'content-length': '7',
        'content-range': 'bytes 0-0/1',
      },
      disposition: 'inline',
    },
  );
  expect(status).toBe(206);
  expect(headers).toMatchObject({
    'content-type': 'binary/octet-stream',
    'cache-control': 'private, no-cache',
    'content-length': '2',
    'content-range': 'bytes 1-2/10000',
    'content-disposition': 'inline; filename="output.tar"',
  });
});

describe('ranges', () => {
  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=999-1000', 999, 1001],
    ['bytes=-1', 9999, 10_000],
    ['bytes=5000-', 5000, 10_000],
    ['bytes=9990-20000', 9990, 10_000],
  ])('%s is sent alone', async (range, start, end) => {
    const { status, headers, body } = await get(known, { range });
    expect(status).toBe(206);
    expect(body.equals(BYTES.subarray(start, end))).toBe(true);
    expect(headers).toMatchObject({
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/10000`,
      'content-type': 'application/x-tar',
      etag: '"tag-1"',
      'repr-digest': `sha-256=:${Buffer.from(SHA256, 'hex').toString('base64')}:`,
    });
  });

  test('several are sent as parts, each with its place and type', async () => {
    const { status, headers, body } = await get(known, { range: 'bytes=5000-5999, 0-1, -10' });
    expect(status).toBe(206);
    expect(headers).not.toHaveProperty('content-range');
    expect(partsOf(headers, body)).toEqual([
      { type: 'application/x-tar', range: 'bytes 5000-5999/10000', bytes: BYTES.subarray(5000, 6000) },
      { type: 'application/x-tar', range: 'bytes 0-1/10000', bytes: BYTES.subarray(0, 2) },
      { type: 'application/x-tar', range: 'bytes 9990-9999/10000', bytes: BYTES.subarray(9990) },
    ]);
  });

  test('outside of the content: the length is told, and the content is not read', async () => {
    const content = lentContent(BYTES);
    const { status, headers, body } = await get(content, { range: 'bytes=10000-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */10000');
    expect(headers).not.toHaveProperty('content-disposition');
    expect(body.toString()).toBe('The content has 10000 bytes; the range is outside.\n');
    expect(content.reads()).toBe(0);
  });

  test.each(['bytes=', 'bytes=5-4', 'lines=1-2', 'bytes=a-b', 'bytes=0-1,x'])(
    'what is none is ignored: %s',
    async (range) => {
      const { status, body } = await get(known, { range });
      expect({ status, size: body.length }).toEqual({ status: 200, size: 10_000 });
    },
  );

  test('parts that would be longer than the content are not sent: it is', async () => {
    const small = lentContent(BYTES.subarray(0, 500));
    const { status, body } = await get(small, { range: 'bytes=0-99,250-299,450-499' });
    expect({ status, size: body.length }).toEqual({ status: 200, size: 500 });
  });

  test('any set of ranges gives the bytes of the content at these places, and never more bytes than it has', async () => {
    const client = await clientOf(known);
    const spec = fc.oneof(
      fc
        .tuple(fc.nat(12_000), fc.nat(800))
        .map(([at, size]) => ({ text: `${at}-${at + size}`, at, size: size + 1 })),
      fc.nat(12_000).map((size) => ({ text: `-${size}`, at: Math.max(0, 10_000 - size), size })),
      fc.nat(12_000).map((at) => ({ text: `${at}-`, at, size: 10_000 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 6 }), async (specs) => {
        client.send(request({ range: `bytes=${specs.map(({ text }) => text).join(',')}` }));
        const { status, headers, body } = await client.response();
        const wanted = specs.filter(({ at, size }) => at < 10_000 && size > 0);
        if (wanted.length === 0) return status === 416;
        if (status === 200) return body.equals(BYTES);
        if (body.length > 10_000) return false;
        const parts =
          headers['content-range'] === undefined ? partsOf(headers, body) : [alone(headers, body)];
        const got = new Map<number, Buffer>(parts.map(({ range, bytes }) => [placeOf(range), bytes]));
        if (![...got].every(([at, bytes]) => bytes.equals(BYTES.subarray(at, at + bytes.length))))
          return false;
        return wanted.every(({ at, size }) =>
          [...got].some(([from, bytes]) => from <= at && Math.min(at + size, 10_000) <= from + bytes.length),
        );
      }),
    );
  });
});

describe('conditions', () => {
  test('what the other side has already is not sent again', async () => {
    const content = lentContent(BYTES, { modifiedAt: MODIFIED_AT, sha256: SHA256 });
    for (const condition of [{ 'if-none-match': 'W/"tag-1"' }, { 'if-modified-since': MODIFIED }]) {
      const { status, headers, body } = await get(
        content,
        { ...condition, range: 'bytes=0-1' },
        { headers: { 'Cache-Control': 'no-cache', 'X-Other': '1' } },
      );
      expect({ status, size: body.length }).toEqual({ status: 304, size: 0 });
      expect(headers).toMatchObject({
        etag: '"tag-1"',
        'last-modified': MODIFIED,
        'cache-control': 'no-cache',
      });
      for (const name of ['content-length', 'content-type', 'content-range', 'repr-digest', 'x-other'])
        expect(headers).not.toHaveProperty(name);
    }
    expect(content.reads()).toBe(0);
  });

  test('a content that is another one by now is not sent', async () => {
    const content = lentContent(BYTES, { modifiedAt: MODIFIED_AT });
    const { status, body, headers } = await get(content, { 'if-match': '"tag-0"', range: 'bytes=99999-' });
    expect(status).toBe(412);
    expect(headers).not.toHaveProperty('content-range');
    expect(body.toString()).toMatch(/not the one/);
    expect(content.reads()).toBe(0);
  });

  test.each([
    [206, '"tag-1"'],
    [206, MODIFIED],
    [200, 'W/"tag-1"'],
    [200, '"tag-0"'],
    [200, 'Fri, 02 Jan 2026 03:04:06 GMT'],
  ])('a download is resumed (%i) for If-Range: %s', async (status, ifRange) => {
    const answer = await get(known, { range: 'bytes=9000-', 'if-range': ifRange });
    expect(answer.status).toBe(status);
    expect(answer.body.equals(BYTES.subarray(status === 206 ? 9000 : 0))).toBe(true);
  });

  test('where it cannot be resumed, a range outside is no error', async () => {
    const { status } = await get(known, { range: 'bytes=99999-', 'if-range': '"tag-0"' });
    expect(status).toBe(200);
  });
});

test('a connection serves one answer after another, of all kinds', async () => {
  const client = await clientOf(known);
  const asked = [
    [200, {}],
    [206, { range: 'bytes=1-5' }],
    [304, { 'if-none-match': '*' }],
    [206, { range: 'bytes=1-5,5000-5005' }],
    [416, { range: 'bytes=99999-' }],
    [412, { 'if-match': '"other"' }],
    [200, { range: 'nothing' }],
  ] as const;
  for (const [status, headers] of asked) {
    client.send(request(headers));
    expect((await client.response()).status).toBe(status);
  }
});

test('an outcome says what was sent', async () => {
  const server = closing.use(await serveContent(known));
  const client = closing.use(await rawClient(server.port));
  const outcomeOf = async (headers: Readonly<Record<string, string>>, method = 'GET') => {
    client.send(request(headers, method));
    return await server.nextOutcome();
  };
  expect(await outcomeOf({})).toEqual({ status: 200, sentBytes: 10_000, end: 'complete' });
  expect(await outcomeOf({ range: 'bytes=0-9' })).toEqual({ status: 206, sentBytes: 10, end: 'complete' });
  expect(await outcomeOf({}, 'HEAD')).toEqual({ status: 200, sentBytes: 0, end: 'complete' });
  expect(await outcomeOf({ 'if-match': '"x"' })).toEqual({ status: 412, sentBytes: 0, end: 'complete' });
});

interface Part {
  readonly type: string | undefined;
  readonly range: string | undefined;
  readonly bytes: Buffer;
}

const placeOf = (range: string | undefined): number => Number(/^bytes (\d+)-/.exec(range ?? '')?.[1]);

const alone = (headers: Readonly<Record<string, string>>, bytes: Buffer): Part => ({
  type: headers['content-type'],
  range: headers['content-range'],
  bytes,
});

/** Reads a multipart body by its boundary and the lengths that its parts' places say. */
function partsOf(headers: Readonly<Record<string, string>>, body: Buffer): Part[] {
  const boundary = /^multipart\/byteranges; boundary=([\w-]{1,70})$/.exec(headers['content-type'] ?? '')?.[1];
  const parts: Part[] = [];
  const end = `\r\n--${boundary}--\r\n`;
  let at = 0;
  while (body.subarray(at).toString('latin1') !== end) {
    const bodyAt = body.indexOf('\r\n\r\n', at) + 4;
    const [first = '', ...lines] = body
      .subarray(at, bodyAt - 4)
      .toString('latin1')
      .replace(/^\r\n/, '')
      .split('\r\n');
    const fields = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));
    const [, start, last] = /^bytes (\d+)-(\d+)\/10000$/.exec(fields['content-range'] ?? '') ?? [];
    if (first !== `--${boundary}` || start === undefined) throw new Error(`no part at ${at}: ${first}`);
    at = bodyAt + Number(last) - Number(start) + 1;
    parts.push({
      type: fields['content-type'],
      range: fields['content-range'],
      bytes: body.subarray(bodyAt, at),
    });
  }
  return parts;
}
