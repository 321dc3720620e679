import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lentContent, patternBytes } from './testing/lent-content.ts';
import { requestText } from './testing/raw-client.ts';
import { askContent, serveClient } from './testing/serve-content.ts';

const BYTES = patternBytes(10_000);
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

const known = lentContent(BYTES, { sha256: SHA256 });

describe('ranges', () => {
  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=999-1000', 999, 1001],
    ['bytes=-1', 9999, 10_000],
    ['bytes=5000-', 5000, 10_000],
    ['bytes=9990-20000', 9990, 10_000],
  ])('%s is sent alone', async (range, start, end) => {
    const { status, headers, body } = await askContent(known, { range });
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
    const { status, headers, body } = await askContent(known, { range: 'bytes=5000-5999, 0-1, -10' });
    expect(status).toBe(206);
    expect(headers).not.toHaveProperty('content-range');
    expect(partsOf(headers, body)).toEqual([
      { type: 'application/x-tar', range: 'bytes 5000-5999/10000', bytes: BYTES.subarray(5000, 6000) },
      { type: 'application/x-tar', range: 'bytes 0-1/10000', bytes: BYTES.subarray(0, 2) },
      { type: 'application/x-tar', range: 'bytes 9990-9999/10000', bytes: BYTES.subarray(9990) },
    ]);
  });

  test('the parts have the type that the caller gives the content', async () => {
    const range = 'bytes=0-1,5000-5001';
    const options = { headers: { 'Content-Type': 'binary/octet-stream' } };
    const { headers, body } = await askContent(known, { range }, options);
    expect(partsOf(headers, body).map(({ type }) => type)).toEqual([
      'binary/octet-stream',
      'binary/octet-stream',
    ]);
  });

  test('outside of the content: the length is told, and the content is not read', async () => {
    const content = lentContent(BYTES);
    const { status, headers, body } = await askContent(content, { range: 'bytes=10000-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */10000');
    expect(headers).not.toHaveProperty('content-disposition');
    expect(body.toString()).toBe('The content has 10000 bytes; the range is outside.\n');
    expect(content.reads()).toBe(0);
  });

  test.each(['bytes=', 'bytes=5-4', 'lines=1-2', 'bytes=a-b', 'bytes=0-1,x'])(
    'what is none is ignored: %s',
    async (range) => {
      const { status, body } = await askContent(known, { range });
      expect({ status, size: body.length }).toEqual({ status: 200, size: 10_000 });
    },
  );

  test('parts that would be longer than the content are not sent: it is', async () => {
    const small = lentContent(BYTES.subarray(0, 500));
    const { status, body } = await askContent(small, { range: 'bytes=0-99,250-299,450-499' });
    expect({ status, size: body.length }).toEqual({ status: 200, size: 500 });
  });

  test('any set of ranges gives the bytes of the content at these places, and never more bytes than it has', async () => {
    await using served = await serveClient(known);
    const { client } = served;
    const spec = fc.oneof(
      fc
        .tuple(fc.nat(12_000), fc.nat(800))
        .map(([at, size]) => ({ text: `${at}-${at + size}`, at, size: size + 1 })),
      fc.nat(12_000).map((size) => ({ text: `-${size}`, at: Math.max(0, 10_000 - size), size })),
      fc.nat(12_000).map((at) => ({ text: `${at}-`, at, size: 10_000 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 6 }), async (specs) => {
        client.send(requestText({ range: `bytes=${specs.map(({ text }) => text).join(',')}` }));
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
