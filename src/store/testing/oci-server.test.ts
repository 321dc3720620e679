import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createRequestSigner, type UnsignedRequest } from '../oci/sign-request.ts';
import { createOciKey, startOciServer } from './oci-server.ts';

const clock = { now: Date.UTC(2026, 10, 21) };
const server = await startOciServer({ now: () => clock.now });
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => server.clear());

const origin = server.location.endpoint ?? '';
const host = new URL(origin).host;
const sign = createRequestSigner(server.location.key);
const root = `/n/${server.location.namespace}/b/${server.location.bucket}`;
const LIST: UnsignedRequest = { method: 'GET', path: `${root}/o?limit=5`, host, date: new Date(clock.now) };
const JSON_BODY = Buffer.from(JSON.stringify({ object: 'x' }));
const BEGIN: UnsignedRequest = {
  method: 'POST',
  path: `${root}/u`,
  host,
  date: new Date(clock.now),
  body: { bytes: JSON_BODY, contentType: 'application/json' },
};

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer;
}

/** Sends a request as it was signed, but for what is said to be other. */
async function send(request: UnsignedRequest, other: Sent = {}): Promise<Response> {
  const signed = { ...sign(request), ...other.headers };
  const headers = Object.entries(signed).flatMap(([name, value]) =>
    value === undefined || name === 'content-length' ? [] : [[name, value] as [string, string]],
  );
  const body = other.body ?? request.body?.bytes;
  return await fetch(`${origin}${other.path ?? request.path}`, {
    method: other.method ?? request.method,
    headers,
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
}

describe('the test server of OCI', () => {
  it('takes what is signed well', async () => {
    expect((await send(LIST)).status).toBe(200);
    expect((await send(BEGIN)).status).toBe(200);
    expect(server.openUploads()).toEqual(['x']);
  });

  it.each<[string, UnsignedRequest, Sent]>([
    ['a date of a minute later', LIST, { headers: { date: new Date(clock.now + 60_000).toUTCString() } }],
    ['another path', LIST, { path: `${root}/o?limit=6` }],
    ['another method', LIST, { method: 'DELETE' }],
    ['no signature at all', LIST, { headers: { authorization: undefined } }],
    ['another body of the same length', BEGIN, { body: Buffer.from(JSON.stringify({ object: 'y' })) }],
    ['another type of body', BEGIN, { headers: { 'content-type': 'text/plain' } }],
    ['another digest of the body', BEGIN, { headers: { 'x-content-sha256': 'AAAA' } }],
  ])('refuses %s than was signed', async (_, request, other) => {
    const answer = await send(request, other);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'NotAuthenticated' });
    expect(answer.headers.get('opc-request-id')).toMatch(/./);
    expect(server.openUploads()).toEqual([]);
  });

  it.each<[string, UnsignedRequest]>([
    ['for another host', { ...LIST, host: 'objectstorage.us-ashburn-1.oraclecloud.com' }],
    ['six minutes ago', { ...LIST, date: new Date(clock.now - 6 * 60_000) }],
    ['six minutes ahead', { ...LIST, date: new Date(clock.now + 6 * 60_000) }],
  ])('refuses what was signed %s', async (_, request) => {
    expect((await send(request)).status).toBe(401);
  });

  it('refuses another key, also one that calls itself like the right one', async () => {
    const other = createRequestSigner({ ...server.location.key, privateKey: createOciKey().privateKey });
    expect((await send(LIST, { headers: other(LIST) })).status).toBe(401);
    const named = createRequestSigner({ ...server.location.key, fingerprint: 'aa:bb' });
    expect((await send(LIST, { headers: named(LIST) })).status).toBe(401);
  });

  it('wants the body of a request signed that is no object and no part', async () => {
    const { body: _, ...bodyless } = BEGIN;
    const headers = { ...sign(bodyless), 'content-type': 'application/json' };
    expect((await send(bodyless, { headers, body: JSON_BODY })).status).toBe(401);
    const put: UnsignedRequest = { ...bodyless, method: 'PUT', path: `${root}/o/x` };
    expect((await send(put, { body: Buffer.from('bytes') })).status).toBe(200);
  });
});
