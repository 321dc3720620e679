import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { CacheError, objectPath, type Repository } from '../../cache/index.ts';
import { type MadeArtifact, makeArtifact } from '../../cache/repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../../cache/repository/testing/repository-folder.ts';
import { rawClient } from '../../download/transfer/testing/raw-client.ts';
import { noise, serveCache } from './testing/serve-cache.ts';

const REF = 'project/element/key';
// A content that deflate cannot make small: its object is larger than what is read at once.
const LARGE = noise(256_000, 1);
const ARTIFACT = makeArtifact({ 'files/large': LARGE, 'files/small': 'small', 'meta/artifact.yaml': 'x: 1' });
const PATIENT = { timeout: 20_000 }; // beside all the other tests

async function withArtifact(artifact: MadeArtifact = ARTIFACT): Promise<Repository> {
  const repository = await makeRepository();
  await publishArtifact(repository, artifact, REF);
  return repository;
}

const largest = ARTIFACT.objects.toSorted((a, b) => b.bytes.length - a.bytes.length)[0];
const largePath = largest === undefined ? '' : objectPath(largest.name);
const commitPath = objectPath({ id: ARTIFACT.commit, kind: 'commit' });

describe('a served repository', () => {
  it.each(['/artifacts', ''])('has every file as it is, at %s/', async (base) => {
    const repository = await withArtifact();
    const { url } = await serveCache(repository);
    for (const path of ['config', 'summary', `refs/heads/${REF}`]) {
      const { status, body, headers } = await ask(url, `${base}/${path}`);
      expect(status, path).toBe(200);
      expect(body.equals(readFileSync(join(repository.folder, path))), path).toBe(true);
      expect(headers).toMatchObject({ 'cache-control': 'no-cache', 'slipway-cache': '1' });
    }
    for (const { name, bytes } of ARTIFACT.objects) {
      const { status, body, headers } = await ask(url, `${base}/${objectPath(name)}`);
      expect(status).toBe(200);
      expect(body.equals(bytes)).toBe(true);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  it('never encodes its content, and ignores an upgrade', async () => {
    const { url } = await serveCache(await withArtifact());
    const headers = {
      'accept-encoding': 'gzip, deflate, br, zstd',
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
    };
    const answer = await ask(url, `/${largePath}`, { headers });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    expect(answer.body.equals(largest?.bytes ?? Buffer.of())).toBe(true);
  });

  it('says 404 for what may be absent, and that a cache must not keep it', async () => {
    const { url } = await serveCache(await withArtifact());
    const absent = [
      '/artifacts/summary.sig',
      `/${commitPath}meta`,
      '/refs/heads/project/element/other',
      '/refs/heads/project',
      '/deltas/ab/cd/superblock',
      '/delta-indexes/ab/cd.index',
      `/objects/00/${'0'.repeat(62)}.filez`,
      `/artifacts/.slipway/closure/${'0'.repeat(64)}`,
    ];
    for (const path of absent) {
      const { status, headers, text } = await ask(url, path);
      expect({ path, status, text }).toEqual({
        path,
        status: 404,
        text: 'the artifact cache has nothing here\n',
      });
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'slipway-cache': '1' });
    }
  });

  it('answers HEAD with the head of GET', async () => {
    const { url } = await serveCache(await withArtifact());
    const paths = [
      '/config',
      `/${largePath}`,
      `/.slipway/closure/${ARTIFACT.commit}`,
      `/artifacts/${commitPath}`,
    ];
    for (const path of paths) {
      const [get, head] = [await ask(url, path), await ask(url, path, { method: 'HEAD' })];
      const { date: _get, 'x-request-id': _getId, ...same } = get.headers;
      expect(head, path).toMatchObject({ status: 200, text: '', headers: same });
    }
    expect(await ask(url, '/summary.sig', { method: 'HEAD' })).toMatchObject({ status: 404, text: '' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('cannot be changed with %s', async (method) => {
    const { url } = await serveCache(await withArtifact());
    for (const path of ['/config', `/artifacts/refs/heads/${REF}`, `/${largePath}`]) {
      const { status, headers } = await ask(url, path, { method });
      expect({ status, allow: headers['allow'] }).toEqual({ status: 405, allow: 'GET, HEAD' });
    }
  });

  it('sends ranges, and says what did not change', async () => {
    const { url } = await serveCache(await withArtifact());
    const bytes = largest?.bytes ?? Buffer.of();
    const range = { range: 'bytes=1000-1999' };
    const part = await ask(url, `/${largePath}`, { headers: range });
    expect(part).toMatchObject({ status: 206 });
    expect(part.headers['content-range']).toBe(`bytes 1000-1999/${bytes.length}`);
    expect(part.body.equals(bytes.subarray(1000, 2000))).toBe(true);
    const etag = String(part.headers['etag']);
    const same = { 'if-none-match': etag };
    expect(await ask(url, `/${largePath}`, { headers: same })).toMatchObject({ status: 304, text: '' });
    const resumed = await ask(url, `/${largePath}`, { headers: { ...range, 'if-range': '"other"' } });
    expect(resumed).toMatchObject({ status: 200 });
    expect(resumed.body.length).toBe(bytes.length);
    const small = await ask(url, `/${commitPath}`, { headers: { range: 'bytes=-4' } });
    expect(small.status).toBe(206);
    expect(small.headers['etag']).toBe(`"${ARTIFACT.commit}"`);
    const beyond = await ask(url, '/config', { headers: { range: 'bytes=5000-' } });
    expect(beyond.status).toBe(416);
  });

  it('answers hundreds of ranges with no more than the file', async () => {
    const { url } = await serveCache(await withArtifact());
    const many = Array.from({ length: 800 }, (_, i) => `${i * 300}-${i * 300}`).join(',');
    const { status, body } = await ask(url, `/${largePath}`, { headers: { range: `bytes=${many}` } });
    expect(status).toBe(200);
    expect(body.length).toBe(largest?.bytes.length);
  });

  it('takes a small file from memory only as long as it is the one on the disk', async () => {
    const repository = await withArtifact();
    const { url } = await serveCache(repository);
    const path = join(repository.folder, 'refs/heads', REF);
    const other = `${'1'.repeat(64)}\n`;
    const old = new Date(Date.now() - 60_000);
    const asked = async () => (await ask(url, `/refs/heads/${REF}`)).text;
    utimesSync(path, old, old);
    expect(await asked()).toBe(`${ARTIFACT.commit}\n`);
    writeFileSync(`${path}.new`, other);
    utimesSync(`${path}.new`, old, old);
    renameSync(`${path}.new`, path);
    expect(await asked()).toBe(other);
    rmSync(path);
    expect((await ask(url, `/refs/heads/${REF}`)).status).toBe(404);
  });

  it('answers the same out of memory as from the disk, and counts both', async () => {
    const { url, metrics } = await serveCache(await withArtifact(), { now: () => Date.now() + 60_000 });
    const small = ARTIFACT.objects.filter(({ bytes }) => bytes.length < 10_000);
    expect(small.length).toBeGreaterThan(3);
    for (const { name, bytes } of small) {
      const path = `/artifacts/${objectPath(name)}`;
      const [first, ...more] = [await ask(url, path), await ask(url, path), await ask(url, path)];
      const { date: _date, 'x-request-id': _id, ...same } = first.headers;
      for (const { status, headers, body } of more) {
        expect(status).toBe(200);
        expect(body.equals(bytes)).toBe(true);
        const { date: _other, 'x-request-id': _otherId, ...got } = headers;
        expect(got).toEqual(same);
      }
    }
    const text = await metrics();
    const count = 3 * small.length;
    expect(text).toContain(`{method="GET",route="/artifacts/objects/*",status="200"} ${count}\n`);
    const kinds = [
      ...text.matchAll(
        /slipway_cache_requests_total\{kind="(?:commit|dirtree|dirmeta|filez)",outcome="hit"\} (\d+)/g,
      ),
    ];
    expect(kinds.map(([, found]) => Number(found)).reduce((a, b) => a + b, 0)).toBe(count);
    expect(await metrics()).toContain(`{method="GET",route="/artifacts/objects/*",status="200"} ${count}\n`);
  });

  it('answers what was sent ahead on one connection in its order, out of memory and from the disk', async () => {
    const { server, url } = await serveCache(await withArtifact(), { now: () => Date.now() + 60_000 });
    const [kept] = ARTIFACT.objects.filter(
      ({ name, bytes }) => name.kind === 'filez' && bytes.length < 10_000,
    );
    if (kept === undefined) throw new Error('none is small');
    await ask(url, `/${objectPath(kept.name)}`);
    using client = await rawClient(server.port);
    const paths = [largePath, objectPath(kept.name), 'config', objectPath(kept.name), largePath];
    client.send(paths.map((path) => `GET /${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    for (const path of paths) {
      const { status, body } = await client.response();
      expect(status).toBe(200);
      if (path === largePath) expect(body.equals(largest?.bytes ?? Buffer.of())).toBe(true);
      if (path === objectPath(kept.name)) expect(body.equals(kept.bytes)).toBe(true);
    }
  });

  it('sends a summary whole and as it was, however often it is replaced meanwhile', async () => {
    const repository = await withArtifact();
    const { url } = await serveCache(repository);
    const path = join(repository.folder, 'summary');
    const replace = (letter: string, size: number): void => {
      writeFileSync(`${path}.new`, Buffer.alloc(size, letter));
      renameSync(`${path}.new`, path);
    };
    replace('a', 300_000);
    let isOver = false;
    const replacing = (async () => {
      for (let i = 0; !isOver; i += 1) {
        replace(i % 2 === 0 ? 'b' : 'a', 200_000 + (i % 7) * 50_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const reading = Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 25; i += 1) {
        const { status, body } = await ask(url, '/artifacts/summary');
        expect(status).toBe(200);
        expect(new Set(body).size).toBe(1);
        expect((body.length - 200_000) % 50_000).toBe(0);
      }
    });
    await Promise.all(reading);
    isOver = true;
    await replacing;
  });

  it('notes the use of an artifact whose commit or closure is fetched, and of no other', async () => {
    const repository = await withArtifact();
    const touch = vi.spyOn(repository, 'touch').mockResolvedValue();
    const { url } = await serveCache(repository);
    await ask(url, '/summary');
    await ask(url, `/refs/heads/${REF}`);
    await ask(url, `/${largePath}`);
    await ask(url, `/${commitPath}`, { method: 'HEAD' });
    await ask(url, `/objects/00/${'0'.repeat(62)}.commit`);
    await ask(url, `/.slipway/closure/${'0'.repeat(64)}`);
    expect(touch).not.toHaveBeenCalled();
    await ask(url, `/${commitPath}`);
    await ask(url, `/artifacts/.slipway/closure/${ARTIFACT.commit}`);
    await vi.waitFor(() => expect(touch.mock.calls).toEqual([[ARTIFACT.commit], [ARTIFACT.commit]]), PATIENT);
  });

  it('answers before the use is noted, and also where it cannot be', async () => {
    const repository = await withArtifact();
    const noted = Promise.withResolvers<void>();
    vi.spyOn(repository, 'touch').mockReturnValue(noted.promise);
    const { url, log } = await serveCache(repository);
    expect((await ask(url, `/${commitPath}`)).status).toBe(200);
    noted.reject(new CacheError('UNAVAILABLE', 'the disk is read-only'));
    await vi.waitFor(
      () => expect(log.some((line) => line.includes('the use of an artifact was not noted'))).toBe(true),
      PATIENT,
    );
  });

  it('counts what is asked for and what is sent, with few names', async () => {
    const { url, metrics } = await serveCache(await withArtifact());
    await ask(url, `/artifacts/${commitPath}`);
    await ask(url, `/refs/heads/${REF}`);
    await ask(url, '/refs/heads/a/b/c');
    await ask(url, '/refs/heads/a/b/d');
    const text = await metrics();
    expect(text).toContain('slipway_cache_requests_total{kind="commit",outcome="hit"} 1');
    expect(text).toContain('slipway_cache_requests_total{kind="ref",outcome="hit"} 1');
    expect(text).toContain('slipway_cache_requests_total{kind="ref",outcome="miss"} 2');
    expect(text).toContain('slipway_cache_sent_bytes_total{kind="ref"} 65');
    expect(text).toMatch(
      /slipway_http_requests_total\{method="GET",route="\/artifacts\/objects\/\*",status="200"\} 1/,
    );
    expect(text).not.toContain('a/b/c');
  });

  it('keeps a disk that fails apart from what is absent, so that a client asks again', async () => {
    const repository = await withArtifact();
    vi.spyOn(repository, 'sizeOf').mockRejectedValue(
      new CacheError('UNAVAILABLE', `${repository.folder}: EIO`),
    );
    const { url, log } = await serveCache(repository);
    const { status, text } = await ask(url, `/.slipway/closure/${ARTIFACT.commit}`);
    expect(status).toBe(500);
    expect(text).toMatch(/^the artifact cache cannot be read; the log has more under /);
    expect(log.some((line) => line.includes('EIO'))).toBe(true);
  });
});

describe('what is not of the repository', () => {
  const hostile = [
    '/artifacts',
    '/artifacts/',
    '/artifacts/.slipway/lock',
    '/.slipway/lock',
    '/.slipway/objects/x',
    '/artifacts/tmp/file',
    '/artifacts/.hidden',
    '/artifacts/state/x',
    '/artifacts/refs/heads/../../.slipway/lock',
    '/artifacts/refs/heads/%2e%2e/%2e%2e/.slipway/lock',
    '/artifacts/refs/heads/..%2f..%2f.slipway%2flock',
    '/artifacts/refs/heads/%252e%252e/config',
    '/artifacts/refs/heads/..%5c..%5cconfig',
    '/artifacts/refs/heads/a%00b',
    '/artifacts/refs/heads/%',
    '/artifacts/refs/heads/%ff%fe',
    '/artifacts//etc/passwd',
    '/artifacts/../../../etc/passwd',
    '/artifacts/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/objects/../config',
    '/objects/%2e%2e/config',
    '/refs/heads/./project/element/key',
    '//config',
    '/Config',
    '/config/',
    `/artifacts/refs/heads/${'x/'.repeat(3000)}y`,
  ];

  it('is not there, however it is written', async () => {
    const repository = await withArtifact();
    mkdirSync(join(repository.folder, 'tmp'), { recursive: true });
    writeFileSync(join(repository.folder, 'tmp/file'), 'secret');
    writeFileSync(join(repository.folder, '.hidden'), 'secret');
    const { server } = await serveCache(repository);
    for (const path of hostile) {
      using client = await rawClient(server.port);
      client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const { status, body } = await client.response();
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(body.toString()).toMatch(/nothing here\n$/);
    }
  });

  it('is not reached through links, pipes or folders in it', async () => {
    const repository = await withArtifact();
    const { folder } = repository;
    const outside = join(folder, '../outside');
    mkdirSync(join(outside, 'x'), { recursive: true });
    writeFileSync(join(outside, 'x/secret'), 'secret');
    const object = (byte: string): string => `objects/${byte}/${'0'.repeat(62)}.filez`;
    symlinkSync(join(outside, 'x/secret'), join(folder, 'summary.sig'));
    symlinkSync(outside, join(folder, 'refs/heads/linked'));
    symlinkSync(join(folder, 'refs/heads/project'), join(folder, 'refs/heads/inside'));
    symlinkSync('/', join(folder, 'refs/heads/root'));
    rmSync(join(folder, 'objects/00'), { recursive: true, force: true });
    symlinkSync(outside, join(folder, 'objects/00'));
    writeFileSync(join(outside, `${'0'.repeat(62)}.filez`), 'secret');
    mkdirSync(join(folder, object('01')), { recursive: true });
    mkdirSync(join(folder, 'objects/02'), { recursive: true });
    execFileSync('mkfifo', [join(folder, object('02'))]);
    mkdirSync(join(folder, 'objects/03'), { recursive: true });
    symlinkSync('/dev/zero', join(folder, object('03')));
    const { url } = await serveCache(repository);
    const paths = [
      'summary.sig',
      'refs/heads/linked/x/secret',
      'refs/heads/inside/element/key',
      'refs/heads/root/etc/passwd',
      'refs/heads/linked',
      ...['00', '01', '02', '03'].map(object),
    ];
    for (const path of paths)
      expect({ path, ...(await ask(url, `/${path}`)) }).toMatchObject({ path, status: 404 });
    expect((await ask(url, `/refs/heads/${REF}`)).status).toBe(200);
  });
});
