import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openHttpSource } from './http-source.ts';
import type { Fault } from './testing/fault-server.ts';
import { openFetchRig, patternOf } from './testing/fetch-rig.ts';

const MIB = 1024 * 1024;
const ETAG = '"one"';
const LARGE = patternOf(50 * MIB + 12_345);
const SMALL = patternOf(100_000);

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('fetching', () => {
  it('a large file takes several parts at a time, and checks the digest', async () => {
    await using rig = await openFetchRig({ body: LARGE, etag: ETAG });
    const seen: number[] = [];
    const fetched = await rig.fetch({ onProgress: ({ doneBytes }) => seen.push(doneBytes) });
    expect(rig.content().equals(LARGE)).toBe(true);
    expect(fetched).toEqual({
      path: rig.target,
      sizeBytes: LARGE.length,
      sha256: sha256Of(LARGE),
      isVerified: true,
      resumedBytes: 0,
    });
    expect(rig.names()).toEqual(['output.tar']);
    expect(rig.server.asked.length).toBe(4); // pieces of 16 MiB
    expect(rig.server.asked.every(({ headers }) => headers['if-match'] === ETAG)).toBe(true);
    expect(seen.at(-1)).toBe(LARGE.length);
  });

  it.each([0, 1, 2, SMALL.length])('a file of %i bytes', async (sizeBytes) => {
    await using rig = await openFetchRig({ body: SMALL.subarray(0, sizeBytes), etag: ETAG });
    const { isVerified } = await rig.fetch();
    expect(rig.content().equals(SMALL.subarray(0, sizeBytes))).toBe(true);
    // The answer about an empty file is a 416, which says nothing of its digest.
    expect(isVerified).toBe(sizeBytes > 0);
  });

  it.each([
    ['without ranges', { ranges: false }],
    ['without a length', { ranges: false, length: false }],
    ['without an ETag', {}],
    ['with a weak ETag', { etag: 'W/"one"' }],
  ])('from a server %s takes one stream', async (_, how) => {
    await using rig = await openFetchRig({ body: LARGE, ...how });
    await rig.fetch();
    expect(rig.content().equals(LARGE)).toBe(true);
    expect(rig.server.asked.map(({ range }) => range)).toEqual(['']);
    expect(rig.names()).toEqual(['output.tar']);
  });

  it('without a digest says that nothing was checked', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG, digest: false });
    expect(await rig.fetch()).toMatchObject({ isVerified: false, sha256: sha256Of(SMALL) });
  });
});

/** Faults of the first requests for bytes, in their order. */
const first =
  (...faults: readonly Fault[]) =>
  ({ range }: { readonly range: string }, index: number): Fault | undefined =>
    range === 'bytes=0-0' ? undefined : faults[index];

describe('a server that', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['cuts in the middle', { cutAfter: 30_000 }],
    ['cuts before the first byte', { cutAfter: 0 }],
    ['answers 500', { status: 500 }],
    ['answers 503 and when to come back', { status: 503, headers: { 'retry-after': '0' } }],
    ['answers 429', { status: 429 }],
  ];

  it.each(faults)('%s is asked again, for what is missing', async (_, fault) => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    rig.server.fault = first(fault, fault);
    await rig.fetch();
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.notices).toHaveLength(2);
    const starts = rig.server.asked.map(({ range }) => Number(/=(\d+)-/.exec(range)?.[1]));
    const came = 'cutAfter' in fault ? fault.cutAfter : 0;
    expect(starts).toEqual([0, came, 2 * came]);
  });

  it.each(faults)('%s and knows no ranges is asked for all of it again', async (_, fault) => {
    await using rig = await openFetchRig({ body: SMALL, ranges: false });
    rig.server.fault = first(fault);
    await rig.fetch();
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.server.asked.map(({ range }) => range)).toEqual(['', '']);
  });

  it.each([true, false])('stalls in the middle is asked again, with ranges: %s', async (ranges) => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG, ranges });
    rig.server.fault = first({ stallAfter: 30_000 });
    await rig.fetch({ stallTimeoutMs: 500, retryPausesMs: Array.from({ length: 20 }, () => 1) });
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.notices).toContain(`${rig.server.url}: nothing came for 0.5 seconds: trying again in 0.001 s`);
    const starts = rig.server.asked.map(({ range }) => Number(/=(\d+)-/.exec(range)?.[1] ?? 0));
    expect(starts.at(-1)).toBe(ranges ? 30_000 : 0);
  });

  it('fails for good is given up, and what came stays for the next time', async () => {
    await using rig = await openFetchRig({ body: LARGE, etag: ETAG });
    rig.server.fault = ({ range }) =>
      range.startsWith('bytes=16777216-') ? { status: 502, body: 'bad day' } : undefined;
    await expect(rig.fetch()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: `${rig.server.url} answered 502: bad day`,
    });
    expect(rig.names()).toEqual(['output.tar.part', 'output.tar.part.json']);
    rig.server.fault = undefined;
    rig.server.asked.length = 0;
    const { resumedBytes } = await rig.fetch();
    expect(resumedBytes).toBeGreaterThan(0);
    expect(rig.content().equals(LARGE)).toBe(true);
  });

  it('progresses between its failures is asked more often than it may fail in a row', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    rig.server.fault = ({ range }) => (range === 'bytes=0-0' ? undefined : { cutAfter: 10_000 });
    await rig.fetch();
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.server.asked.length).toBeGreaterThan(5);
  });

  it('sends wrong bytes leaves nothing, and both digests are named', async () => {
    const wrong = sha256Of(patternOf(SMALL.length, 2));
    await using rig = await openFetchRig({
      body: SMALL,
      etag: ETAG,
      headers: { 'repr-digest': `sha-256=:${Buffer.from(wrong, 'hex').toString('base64')}:` },
    });
    const failed = rig.fetch();
    await expect(failed).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(failed).rejects.toThrow(`expected SHA-256 ${wrong}, found ${sha256Of(SMALL)}`);
    expect(rig.names()).toEqual([]);
  });

  it.each([
    [404, 'there is nothing here', 'REFUSED'],
    [403, '{"error":{"code":"x","message":"the link has expired: ask for a new one"}}', 'REFUSED'],
    [410, '{"message":"it was there"}', 'REFUSED'],
    [400, '<html>', 'REFUSED'],
  ])('answers %i is believed at once, with its sentence', async (status, body, code) => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    let requests = 0;
    rig.server.fault = () => {
      requests += 1;
      return { status, body };
    };
    const error = await rig.fetch().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    const said = body.startsWith('<') ? '' : `: ${/message":"([^"]+)/.exec(body)?.[1] ?? body}`;
    expect(String(error)).toBe(`DownloadError: ${rig.server.url} answered ${status}${said}`);
    expect(requests).toBe(1);
    expect(rig.names()).toEqual([]);
  });

  it('stalls while it says why it refuses is not waited for', async () => {
    await using rig = await openFetchRig({ body: SMALL });
    rig.server.fault = () => ({ refusesAndStalls: 404 });
    await expect(
      rig.fetch({ stallTimeoutMs: 300, retryPausesMs: Array.from({ length: 20 }, () => 1) }),
    ).rejects.toThrow(/answered 404: because$/);
  });

  it('says something that would move in a terminal is shown without it', async () => {
    await using rig = await openFetchRig({ body: SMALL });
    rig.server.fault = () => ({ status: 404, body: 'gone\u001b[2J\nmore' });
    await expect(rig.fetch()).rejects.toThrow(/answered 404: gone␛\[2J$/);
  });

  it.each([
    ['another start', { 'content-range': 'bytes 1-99999/100000' }],
    ['another length', { 'content-range': 'bytes 0-99999/200000' }],
    ['no range', { 'content-range': 'rubbish' }],
  ])('answers with %s than it was asked for is not believed', async (_, headers) => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    rig.server.fault = ({ range }) => {
      if (range !== 'bytes=0-0') rig.server.served = { ...rig.server.served, headers };
      return undefined;
    };
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'INVALID' });
    expect(rig.names()).not.toContain('output.tar');
  });

  it('compresses what nobody asked it to is refused', async () => {
    await using rig = await openFetchRig({ body: SMALL, headers: { 'content-encoding': 'gzip' } });
    await expect(rig.fetch()).rejects.toThrow('sends it encoded (gzip), which nobody asked for');
  });
});

describe('a content that changes', () => {
  it('between two parts is fetched from the start, and that is said', async () => {
    await using rig = await openFetchRig({ body: LARGE, etag: ETAG });
    const other = patternOf(40 * MIB, 7);
    rig.server.fault = (_, index) => {
      if (index === 2) rig.server.served = { body: other, etag: '"two"' };
      return undefined;
    };
    await rig.fetch({ connections: 1 });
    expect(rig.content().equals(other)).toBe(true);
    expect(rig.notices).toEqual([
      `${rig.server.url} became another content while it was fetched: starting again`,
    ]);
  });

  it('without a pause is given up', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    let count = 0;
    rig.server.fault = () => {
      count += 1;
      rig.server.served = { body: SMALL, etag: `"${count}"` };
      return undefined;
    };
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'CHANGED' });
    expect(rig.names()).toEqual([]);
  });

  it('is seen also where the server knows no If-Match', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    const other = patternOf(SMALL.length, 5);
    rig.server.fault = (asked, index) => {
      delete asked.headers['if-match'];
      if (index === 0) rig.server.served = { body: other, etag: '"two"' };
      return undefined;
    };
    await rig.fetch();
    expect(rig.content().equals(other)).toBe(true);
  });

  it('between two processes is fetched from the start, and that is said', async () => {
    await using rig = await openFetchRig({ body: LARGE, etag: ETAG });
    rig.server.fault = ({ range }) => (range.startsWith('bytes=16777216-') ? { status: 404 } : undefined);
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'REFUSED' });
    const other = patternOf(LARGE.length, 3);
    rig.server.fault = undefined;
    rig.server.served = { body: other, etag: '"two"' };
    expect(await rig.fetch()).toMatchObject({ resumedBytes: 0, sha256: sha256Of(other) });
    expect(rig.notices.at(-1)).toMatch(/is another content than what .*\.part has of it: starting again$/);
  });
});

describe('a fetch that is aborted', () => {
  it('leaves what came, and the next one goes on with it', async () => {
    await using rig = await openFetchRig({ body: LARGE, etag: ETAG });
    const reason = new Error('Ctrl-C');
    const controller = new AbortController();
    const onProgress = ({ doneBytes }: { readonly doneBytes: number }): void => {
      if (doneBytes > 20 * MIB) controller.abort(reason);
    };
    await expect(rig.fetch({ onProgress, signal: controller.signal })).rejects.toBe(reason);
    expect(rig.names()).toEqual(['output.tar.part', 'output.tar.part.json']);
    const { resumedBytes } = await rig.fetch();
    expect(resumedBytes).toBeGreaterThan(20 * MIB);
    expect(rig.content().equals(LARGE)).toBe(true);
    expect(rig.names()).toEqual(['output.tar']);
  });
});

describe('a redirect', () => {
  it('is followed, and the token goes to its own server alone', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    await using other = await openFetchRig({ body: SMALL, etag: ETAG });
    rig.server.fault = () => ({ redirect: other.server.url.href });
    const { signal } = new AbortController();
    const url = rig.server.url;
    const open = () =>
      openHttpSource({ url, token: 'secret', connections: 4, stallTimeoutMs: 20_000, signal });
    await rig.fetch({ open });
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.server.asked[0]?.headers.authorization).toBe('Bearer secret');
    expect(other.server.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('whose own body has no end is let go of', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    const redirecting = createServer((_request, response) => {
      response.writeHead(302, { location: rig.server.url.href });
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
      more();
      response.on('close', closed.resolve);
    });
    const closed = Promise.withResolvers<void>();
    redirecting.listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const { port } = redirecting.address() as AddressInfo; // it listens on a port
    const { signal } = new AbortController();
    const url = new URL(`http://127.0.0.1:${port}/`);
    await using _source = await openHttpSource({ url, connections: 1, stallTimeoutMs: 20_000, signal });
    await closed.promise; // while the source is still open
    redirecting.close();
  });

  it.each([
    ['round and round', '/again', /redirects more than 5 times$/],
    ['to what is no web address', 'file:///etc/passwd', /redirects to what is no web address$/],
  ])('%s is not followed', async (_, redirect, message) => {
    await using rig = await openFetchRig({ body: SMALL });
    rig.server.fault = () => ({ redirect });
    await expect(rig.fetch()).rejects.toThrow(message);
  });
});

describe('a part and a file that are one, since a process was killed between two steps', () => {
  it('are one name less when the file may be replaced', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    await rig.fetch();
    linkSync(rig.target, `${rig.target}.part`);
    const owner = { host: hostname(), process: 'boot.1.1.1' };
    const done = [{ start: 0, end: SMALL.length }];
    const state = { version: 1, owner, content: ETAG, sizeBytes: SMALL.length, done };
    writeFileSync(`${rig.target}.part.json`, JSON.stringify(state));
    expect(await rig.fetch({ replace: true })).toMatchObject({ resumedBytes: SMALL.length });
    expect(rig.names()).toEqual(['output.tar']);
  });
});

describe('a file that is there already', () => {
  it('stays, unless it may be replaced', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    writeFileSync(rig.target, 'mine');
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(String(rig.content())).toBe('mine');
    await rig.fetch({ replace: true });
    expect(rig.content().equals(SMALL)).toBe(true);
  });

  it('stays also where it comes while something is fetched to its name', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    const onProgress = (): void => writeFileSync(rig.target, 'mine');
    await expect(rig.fetch({ onProgress })).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(String(rig.content())).toBe('mine');
  });

  it('by the name of the part stays, where it is no part', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    writeFileSync(`${rig.target}.part`, 'mine');
    await expect(rig.fetch()).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(rig.names()).toEqual(['output.tar.part']);
  });

  it('by the name of the state is not written through, where it is a link', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    const mine = `${rig.target}.mine`;
    writeFileSync(mine, 'mine');
    symlinkSync(mine, `${rig.target}.part.json.new`);
    await rig.fetch();
    expect(readFileSync(mine, 'utf8')).toBe('mine');
  });

  it('by the name of the part is not written through, where it is a link', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    writeFileSync(join(rig.folder, 'mine'), 'mine');
    symlinkSync('mine', `${rig.target}.part`);
    await rig.fetch({ replace: true });
    expect(rig.content().equals(SMALL)).toBe(true);
    expect(rig.names()).toEqual(['mine', 'output.tar']);
  });
});

describe('the state beside a part', () => {
  it.each([
    '',
    '{',
    'null',
    '{"version":1}',
    '{"version":1,"owner":{"host":"h","process":"p"},"content":"x","sizeBytes":1,"done":[{"start":0,"end":9}]}',
  ])('is not believed where it reads %j', async (text) => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    writeFileSync(`${rig.target}.part.json`, text);
    await rig.fetch();
    expect(rig.content().equals(SMALL)).toBe(true);
  });

  it('keeps another process that goes on from being disturbed', async () => {
    await using rig = await openFetchRig({ body: SMALL, etag: ETAG });
    const owner = { host: 'elsewhere', process: '1.2.3.4' };
    const state = { version: 1, owner, content: ETAG, sizeBytes: SMALL.length, done: [] };
    writeFileSync(`${rig.target}.part.json`, JSON.stringify(state));
    const busy = rig.fetch();
    await expect(busy).rejects.toMatchObject({ code: 'BUSY' });
    await expect(busy).rejects.toThrow(
      /another process is fetching to .* on elsewhere: remove .*\.part\.json/,
    );
  });
});

describe('a server that nobody reaches', () => {
  it('is named, without the query', async () => {
    await using rig = await openFetchRig({ body: SMALL });
    const url = new URL('http://127.0.0.1:1/x?signature=secret');
    const { signal } = new AbortController();
    const open = () => openHttpSource({ url, connections: 1, stallTimeoutMs: 20_000, signal });
    const error = await rig.fetch({ open }).catch((reason: unknown) => String(reason));
    expect(error).toMatch(/^DownloadError: http:\/\/127\.0\.0\.1:1\/x: .*ECONNREFUSED/);
  });
});
