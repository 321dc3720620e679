import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from './s3-server.ts';

let server: S3Server;
const clock = { now: Date.now() };
const clients: S3Client[] = [];

beforeEach(async () => {
  clock.now = Date.now();
  server = await startS3Server({ now: () => clock.now });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server[Symbol.asyncDispose]();
});

function client(config: S3ClientConfig = {}): S3Client {
  const { endpoint, region, credentials } = server;
  const made = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  });
  clients.push(made);
  return made;
}

const put = (by: S3Client, body = 'content', more = {}) =>
  by.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'a b/ü+c', Body: body, ...more }));

/** Sends a request as it is given, and tells what the answer's `Code` is; `200` where it is none. */
async function raw(headers: Record<string, string>, body = 'content', path = '/bucket/key'): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = httpRequest(`${server.endpoint}${path}`, { method: 'PUT', headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    response.on('end', () => resolve(/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? String(response.statusCode)));
  });
  sent.on('error', reject).end(body);
  return await promise;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * The headers of a PUT of `content` under `/bucket/key`, signed by hand for this one shape of request.
 */
function signed(more: Record<string, string> = {}): Record<string, string> {
  const time = new Date(clock.now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    host: new URL(server.endpoint).host,
    'x-amz-content-sha256': sha256('content'),
    'x-amz-date': time,
    ...more,
  };
  const names = Object.keys(headers).sort((a, b) => (a < b ? -1 : 1));
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = `PUT\n/bucket/key\n\n${lines}\n${names.join(';')}\n${headers['x-amz-content-sha256']}`;
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`;
  const { accessKeyId, secretAccessKey } = server.credentials;
  const hmac = (key: string | Buffer, value: string): Buffer =>
    createHmac('sha256', key).update(value).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), 'us-east-1'), 's3'), 'aws4_request');
  const signature = hmac(key, text).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { ...headers, authorization };
}

describe('signatures', () => {
  it('are taken from the SDK of AWS, whatever is in the key', async () => {
    await put(client());
    const { Body } = await client().send(new GetObjectCommand({ Bucket: 'bucket', Key: 'a b/ü+c' }));
    expect(await Body?.transformToString()).toBe('content');
  });

  it('are taken from one that was made by hand', async () => {
    expect(await raw(signed())).toBe('200');
  });

  it.each([
    ['SignatureDoesNotMatch', 'another secret', { secretAccessKey: 'x' }],
    ['InvalidAccessKeyId', 'a key that is not known', { accessKeyId: 'AKIAOTHER' }],
  ])('are refused with %s by %s', async (name, _, wrong) => {
    const credentials = { ...server.credentials, ...wrong };
    await expect(put(client({ credentials }))).rejects.toMatchObject({ name });
    expect(server.objects.size).toBe(0);
  });

  it('are refused for another region', async () => {
    await expect(put(client({ region: 'eu-west-1' }))).rejects.toMatchObject({
      name: 'AuthorizationHeaderMalformed',
    });
  });

  it('are refused where the clocks are more than a quarter of an hour apart', async () => {
    const headers = signed();
    clock.now += 15 * 60_000 + 1000;
    expect(await raw(headers)).toBe('RequestTimeTooSkewed');
    clock.now -= 2000;
    expect(await raw(headers)).toBe('200');
  });

  it('do not fit a header, a body, a path or a query that was altered on the way', async () => {
    const headers = signed({ 'x-amz-meta-a': '1' });
    expect(await raw({ ...headers, 'x-amz-meta-a': '2' })).toBe('SignatureDoesNotMatch');
    expect(await raw(headers, 'CONTENT')).toBe('XAmzContentSHA256Mismatch');
    expect(await raw(headers, 'content', '/bucket/other')).toBe('SignatureDoesNotMatch');
    expect(await raw(headers, 'content', '/bucket/key?x=1')).toBe('SignatureDoesNotMatch');
    expect(server.objects.size).toBe(0);
  });

  it('have to cover every header of S3', async () => {
    expect(await raw({ ...signed(), 'x-amz-acl': 'public-read' })).toBe('AccessDenied');
  });

  it('have to be there, and to be ones', async () => {
    const { authorization: _, ...unsigned } = signed();
    expect(await raw(unsigned)).toBe('AccessDenied');
    expect(await raw({ ...unsigned, authorization: 'AWS4-HMAC-SHA256 x' })).toBe(
      'AuthorizationHeaderMalformed',
    );
  });
});

describe('bodies', () => {
  const streaming = (): Readable => Readable.from([Buffer.from('con'), Buffer.from('tent')]);

  it('are taken in chunks with a checksum behind them, as the SDK sends streams', async () => {
    await client().send(
      new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: streaming(), ContentLength: 7 }),
    );
    expect(String(server.objects.get('k')?.bytes)).toBe('content');
  });

  it('are refused where they are not what is said behind them, or are cut', async () => {
    const headers = signed({
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '7',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    });
    const sum = 'x-amz-checksum-crc32:/sUwqQ=='; // of `content`
    const whole = `3\r\ncon\r\n4\r\ntent\r\n0\r\n${sum}\r\n\r\n`;
    expect(await raw(headers, whole)).toBe('200');
    expect(await raw(headers, whole.replace('con', 'CON'))).toBe('BadDigest');
    expect(await raw(headers, whole.replace(`${sum}\r\n`, ''))).toBe('MalformedTrailerError');
    expect(await raw(headers, whole.replace('4\r\ntent\r\n', ''))).toBe('IncompleteBody');
    expect(await raw(headers, whole.slice(0, 14))).toBe('IncompleteBody');
    expect(await raw(headers, whole.replace('4\r\n', '3\r\n'))).toBe('InvalidChunkSizeError');
  });

  it.each([
    ['ChecksumSHA256', createHash('sha256').update('other').digest('base64')],
    ['ContentMD5', createHash('md5').update('other').digest('base64')],
  ])('are refused where their %s is of another content', async (name, sum) => {
    await expect(put(client(), 'content', { [name]: sum })).rejects.toMatchObject({ name: 'BadDigest' });
  });
});
