import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { lentContent, patternBytes } from './testing/lent-content.ts';
import { requestText } from './testing/raw-client.ts';
import { askContent, serveClient } from './testing/serve-content.ts';

const BYTES = patternBytes(10_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const MODIFIED_AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const MODIFIED = 'Fri, 02 Jan 2026 03:04:05 GMT';

const known = lentContent(BYTES, { sha256: SHA256, modifiedAt: MODIFIED_AT });

test('a content is sent whole, with all that is known of it', async () => {
  const { status, headers, body } = await askContent(known);
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
  const { headers } = await askContent(lentContent(BYTES));
  expect(headers).not.toHaveProperty('last-modified');
  expect(headers).not.toHaveProperty('repr-digest');
  expect(headers).not.toHaveProperty('cache-control');
});

test('HEAD is answered with the same headers, and the content is not read', async () => {
  const content = lentContent(BYTES, { sha256: SHA256, modifiedAt: MODIFIED_AT });
  await using served = await serveClient(content);
  const { client } = served;
  client.send(requestText({ range: 'bytes=0-9' }, 'HEAD'));
  const head = await client.response({ isHead: true });
  expect(content.reads()).toBe(0);
  client.send(requestText());
  const whole = await client.response();
  expect(head.status).toBe(200);
  expect({ ...head.headers, date: '' }).toEqual({ ...whole.headers, date: '' });
});

test('an empty content is sent, and not read', async () => {
  const content = lentContent(Buffer.alloc(0));
  const { status, headers } = await askContent(content);
  expect({ status, length: headers['content-length'] }).toEqual({ status: 200, length: '0' });
  expect(content.reads()).toBe(0);
  expect((await askContent(content, { range: 'bytes=-5' })).status).toBe(200);
  const outside = await askContent(content, { range: 'bytes=0-' });
  expect(outside.status).toBe(416);
  expect(outside.headers['content-range']).toBe('bytes */0');
});

test('headers of the caller win over those of the content, but not over the lengths', async () => {
  const { status, headers } = await askContent(
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

describe('conditions', () => {
  test('what the other side has already is not sent again', async () => {
    const content = lentContent(BYTES, { modifiedAt: MODIFIED_AT, sha256: SHA256 });
    for (const condition of [{ 'if-none-match': 'W/"tag-1"' }, { 'if-modified-since': MODIFIED }]) {
      const { status, headers, body } = await askContent(
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
    const { status, body, headers } = await askContent(content, {
      'if-match': '"tag-0"',
      range: 'bytes=99999-',
    });
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
    const answer = await askContent(known, { range: 'bytes=9000-', 'if-range': ifRange });
    expect(answer.status).toBe(status);
    expect(answer.body.equals(BYTES.subarray(status === 206 ? 9000 : 0))).toBe(true);
  });

  test('where it cannot be resumed, a range outside is no error', async () => {
    const { status } = await askContent(known, { range: 'bytes=99999-', 'if-range': '"tag-0"' });
    expect(status).toBe(200);
  });
});

test('a connection serves one answer after another, of all kinds', async () => {
  await using served = await serveClient(known);
  const { client } = served;
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
    client.send(requestText(headers));
    expect((await client.response()).status).toBe(status);
  }
});

test('an outcome says what was sent', async () => {
  await using served = await serveClient(known);
  const { server, client } = served;
  const outcomeOf = async (headers: Readonly<Record<string, string>>, method = 'GET') => {
    client.send(requestText(headers, method));
    return await server.nextOutcome();
  };
  expect(await outcomeOf({})).toEqual({ status: 200, sentBytes: 10_000, end: 'complete' });
  expect(await outcomeOf({ range: 'bytes=0-9' })).toEqual({ status: 206, sentBytes: 10, end: 'complete' });
  expect(await outcomeOf({}, 'HEAD')).toEqual({ status: 200, sentBytes: 0, end: 'complete' });
  expect(await outcomeOf({ 'if-match': '"x"' })).toEqual({ status: 412, sentBytes: 0, end: 'complete' });
});
