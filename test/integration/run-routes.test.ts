import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artifactKey, openRunCatalog, type RunRecord, storeArtifact } from '../../src/artifacts/index.ts';
import { createContentCache, type LinkKeys, runRoutes, signRunLink } from '../../src/download/index.ts';
import { currentOwner } from '../../src/kernel/index.ts';
import {
  createServerLogger,
  createServerMetrics,
  type RunningServer,
  startServer,
} from '../../src/server/index.ts';
import { type ObjectStore, openStore, StoreError } from '../../src/store/index.ts';

const KEYS: LinkKeys = [Buffer.alloc(32, 7)];
const TOKEN = 'a-token-for-tests';
const HOSTILE = 'x"><script>alert(1)</script>';
const NOW = Date.now();
const HOUR = 3_600_000;

let folder = '';
let store: ObjectStore;
let server: RunningServer;

const runRecord = (runId: string, more: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId,
  application: { id: 'app', name: 'app' },
  kind: 'build',
  pipeline: 'build',
  startedAt: NOW - HOUR,
  finishedAt: NOW - HOUR + 1500,
  result: 'passed',
  owner: currentOwner(),
  steps: [],
  artifacts: [],
  ...more,
});

/** A run with an output of a few files, stored the way a run does it. */
async function keepRun(runId: string, more: Partial<RunRecord> = {}): Promise<void> {
  const output = join(folder, runId, 'output');
  mkdirSync(join(output, 'docs/deep'), { recursive: true });
  writeFileSync(join(output, 'a.txt'), 'hello\n');
  writeFileSync(join(output, 'docs/index.html'), '<script>alert(1)</script>');
  writeFileSync(join(output, 'docs/deep/data.bin'), Buffer.alloc(100_000, 3));
  writeFileSync(join(output, 'docs', HOSTILE.replace('/', '-')), 'hostile name');
  symlinkSync('../a.txt', join(output, 'docs/link'));
  symlinkSync('/etc/passwd', join(output, 'out'));
  const tar = join(folder, `${runId}.tar`);
  execFileSync('tar', ['-cf', tar, '-C', join(folder, runId), 'output']);
  const key = artifactKey('app', runId);
  const manifest = await storeArtifact({
    store,
    key,
    runId,
    name: 'output',
    fileName: 'output.tar',
    content: { file: tar },
    format: 'tar',
  });
  const { name, fileName, sizeBytes, sha256, mediaType, storedAt } = manifest;
  const artifact = {
    name,
    fileName,
    key,
    store: store.name,
    sizeBytes,
    sha256,
    mediaType,
    storedAt,
    files: 6,
  };
  await openRunCatalog(store).write(
    runRecord(runId, {
      artifacts: [
        artifact,
        { ...artifact, name: 'old', expiresAt: NOW - 1000 },
        {
          ...artifact,
          name: 'elsewhere',
          store: 's3://other',
          key: 'project-artifacts/app/other/output.tar',
        },
        { ...artifact, name: 'gone', key: 'project-artifacts/app/none/output.tar' },
      ],
      ...more,
    }),
  );
}

const silent = () => createServerLogger({ stream: { write: () => true }, format: 'json', debug: false });

async function serve(stores: ObjectStore, open = false): Promise<RunningServer> {
  const metrics = createServerMetrics();
  const access = { open, keys: KEYS, tokens: [TOKEN] };
  const routes = [
    runRoutes({
      stores: [stores],
      cache: createContentCache(),
      access,
      meter: metrics.downloads,
      now: () => NOW,
    }),
  ];
  return await startServer({
    host: '127.0.0.1',
    port: 0,
    routes,
    logger: silent(),
    metrics,
    drainTimeoutMs: 1000,
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-run-routes-'));
  store = await openStore({ type: 'memory' });
  await keepRun('run-1');
  await openRunCatalog(store).write(
    runRecord('run-2', {
      application: { id: 'app', name: HOSTILE },
      message: HOSTILE,
      steps: [
        {
          safeId: 's',
          displayName: HOSTILE,
          phase: 'main',
          result: 'failed',
          durationMs: 1,
          message: HOSTILE,
        },
      ],
    }),
  );
  server = await serve(store);
});

afterAll(async () => {
  await server.close();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const withToken = { authorization: `Bearer ${TOKEN}` };
const get = (path: string, headers: Record<string, string> = withToken): Promise<Response> =>
  fetch(`${server.url}${path}`, { headers, redirect: 'manual' });
const OUTPUT = '/api/v1/runs/run-1/artifacts/output';

describe('downloads by run', () => {
  it('give the whole artifact as it was stored', async () => {
    const answer = await get(OUTPUT);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(bytes.equals(readFileSync(join(folder, 'run-1.tar')))).toBe(true);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="?output\.tar"?/);
    expect(answer.headers.get('repr-digest')).toMatch(/^sha-256=:/);
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
  });

  it('give one file out of the tar, links inside of it followed', async () => {
    for (const path of ['a.txt', 'docs/link']) {
      const answer = await get(`${OUTPUT}?path=${path}`);
      expect([answer.status, await answer.text()]).toEqual([200, 'hello\n']);
    }
  });

  it('give a part of one file', async () => {
    const answer = await get(`${OUTPUT}?path=a.txt`, { ...withToken, range: 'bytes=1-3' });
    expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([
      206,
      'bytes 1-3/6',
      'ell',
    ]);
  });

  it('make archives of all and of a folder, which real programs unpack', async () => {
    for (const as of ['tar', 'tar.gz', 'zip']) {
      for (const [path, file] of [
        ['', 'docs/deep/data.bin'],
        ['docs', 'deep/data.bin'],
      ] as const) {
        const answer = await get(`${OUTPUT}?as=${as}&path=${path}`);
        expect(answer.status).toBe(200);
        const archive = join(folder, `got.${as}`);
        writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
        const into = join(folder, `unpacked-${as}-${path}`);
        mkdirSync(into);
        if (as === 'zip') execFileSync('unzip', ['-q', archive, '-d', into]);
        else execFileSync('tar', ['-xf', archive, '-C', into]);
        const top = path === '' ? 'app-output' : 'docs';
        expect(readFileSync(join(into, top, file)).equals(Buffer.alloc(100_000, 3))).toBe(true);
      }
    }
  });

  it('go on where an archive was cut, with the same bytes', async () => {
    const whole = Buffer.from(await (await get(`${OUTPUT}?as=zip`)).arrayBuffer());
    const first = await get(`${OUTPUT}?as=zip`, { ...withToken, range: 'bytes=0-999' });
    const etag = first.headers.get('etag') ?? '';
    const rest = await get(`${OUTPUT}?as=zip`, { ...withToken, range: 'bytes=1000-', 'if-range': etag });
    expect(rest.status).toBe(206);
    const joined = Buffer.concat([
      Buffer.from(await first.arrayBuffer()),
      Buffer.from(await rest.arrayBuffer()),
    ]);
    expect(joined.equals(whole)).toBe(true);
  });

  it('say what is there as JSON, without who made it and where the stores are', async () => {
    const run = await (await get('/api/v1/runs/run-1')).json();
    expect(run).toMatchObject({
      runId: 'run-1',
      result: 'passed',
      artifacts: [{ name: 'output' }, {}, {}, {}],
    });
    expect(JSON.stringify(run)).not.toMatch(/"(owner|store)"/);
    const { runs } = (await (await get('/api/v1/runs?limit=1')).json()) as { runs: { runId: string }[] };
    expect(runs).toHaveLength(1);
  });

  it('lead to the artifact that a run is for, with what was asked of it', async () => {
    const { download } = (await (await get('/api/v1/runs/run-1')).json()) as { download: string };
    expect(download).toBe('/api/v1/runs/run-1/artifact');
    const ask = (query: string) =>
      fetch(server.url + download + query, { headers: withToken, redirect: 'manual' });
    expect((await ask('')).headers.get('location')).toBe(OUTPUT);
    const zip = await ask('?as=zip');
    expect([zip.status, zip.headers.get('location')]).toEqual([302, `${OUTPUT}?as=zip`]);
    const link = signRunLink({ runId: 'run-1', expiresAt: NOW + HOUR, keys: KEYS });
    const { search } = new URL(link, server.url);
    expect(await (await get(download + search, {})).arrayBuffer()).toEqual(
      await (await get(OUTPUT)).arrayBuffer(),
    );
    expect((await get(download, {})).status).toBe(401);
    expect((await get('/api/v1/runs/nothing/artifact')).status).toBe(404);
  });

  it('answer HEAD with what GET would say', async () => {
    const answer = await fetch(`${server.url}${OUTPUT}?as=zip`, { method: 'HEAD', headers: withToken });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(100_000);
  });
});

describe('what is not there', () => {
  it.each([
    ['/api/v1/runs/nothing', 404],
    ['/api/v1/runs/run-1/artifacts/nothing', 404],
    ['/api/v1/runs/run-1/artifacts/gone', 404],
    ['/api/v1/runs/run-1/artifacts/old', 410],
    ['/api/v1/runs/run-1/artifacts/elsewhere', 404],
    [`${OUTPUT}?path=nothing`, 404],
    [`${OUTPUT}?path=out`, 404], // a link that leads out of the artifact
    [`${OUTPUT}?path=../../../../etc/passwd`, 404],
    [`${OUTPUT}?path=/etc/passwd`, 404],
    [`${OUTPUT}?path=..%2f..%2fetc%2fpasswd`, 404],
    [`${OUTPUT}?path=%252e%252e%252fetc%252fpasswd`, 404],
    [`${OUTPUT}?path=a.txt%00`, 404],
    [`${OUTPUT}?path=docs`, 409],
    [`${OUTPUT}?path=a.txt&as=zip`, 409],
    [`${OUTPUT}?path=%zz`, 400],
    [`${OUTPUT}?as=rar`, 400],
    ['/api/v1/runs/..%2f..%2fetc/artifacts/passwd', 404],
    ['/api/v1/runs/run-1%00/artifacts/output', 404],
    ['/api/v1/runs?limit=0', 400],
    ['/runs/nothing', 404],
    ['/runs/run-1/artifacts/output?path=a.txt', 404],
    ['/elsewhere', 404],
  ])('is answered in a sentence: %s with %i', async (path, status) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(text).not.toMatch(/\bat \S+:\d+|passwd:|memory|s3:/);
  });
});

describe('who may see it', () => {
  const link = (more: Partial<Parameters<typeof signRunLink>[0]> = {}): string =>
    signRunLink({ runId: 'run-1', expiresAt: NOW + HOUR, keys: KEYS, ...more });

  it('is nobody who shows nothing, whether or not it is there', async () => {
    for (const path of ['/runs', '/runs/run-1', '/runs/nothing', '/api/v1/runs', OUTPUT]) {
      const answer = await get(path, {});
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
    }
  });

  it('is whoever has a link, for what the link names and what is in it', async () => {
    expect((await get(link(), {})).status).toBe(200);
    const { search } = new URL(link(), server.url);
    expect((await get(`${OUTPUT}${search}`, {})).status).toBe(200);
    expect((await get(`/runs/run-2${search}`, {})).status).toBe(403);
    expect((await get(`/api/v1/runs${search}`, {})).status).toBe(403);
  });

  it('gets one file with a link to that file, and nothing else', async () => {
    const one = link({ artifact: { name: 'output', query: { path: 'a.txt' } } });
    expect(await (await get(one, {})).text()).toBe('hello\n');
    for (const other of [one.replace('a.txt', 'docs%2Findex.html'), one.replace('path=a.txt&', '')])
      expect((await get(other, {})).status).toBe(403);
  });

  it('gets nothing outside of a folder with a link to that folder, however the path is written', async () => {
    const folder = link({ artifact: { name: 'output', query: { path: 'docs' } } });
    const of = (path: string): string => folder.replace('path=docs', `path=${encodeURIComponent(path)}`);
    expect(await (await get(of('docs/index.html'), {})).text()).toContain('<script>');
    expect(await (await get(of('docs/link'), {})).text()).toBe('hello\n'); // a link that the artifact itself has
    for (const path of ['docs/../a.txt', 'docs/./../a.txt', 'docs//../a.txt', 'docs/deep/../../a.txt'])
      for (const as of ['', '&as=tar']) expect((await get(of(path) + as, {})).status, path + as).toBe(404);
    for (const path of [
      'a.txt',
      './docs/index.html',
      'DOCS/index.html',
      'docs.',
      'docs\\index.html',
      '../docs',
    ])
      expect((await get(of(path), {})).status, path).toBe(403);
  });

  it('is nobody any more when the link has expired, and never who altered one', async () => {
    const old = await get(link({ expiresAt: NOW - 1000 }), {});
    expect([old.status, await old.text()]).toEqual([403, 'the link has expired: ask for a new one\n']);
    const other = await get(link({ keys: [Buffer.alloc(32, 8)] }), {});
    expect([other.status, await other.text()]).toEqual([
      403,
      'the link is not valid: it is not whole, or was made for something else\n',
    ]);
  });

  it('is everybody where the service is open', async () => {
    await using open = await serve(store, true);
    expect((await fetch(`${open.url}/runs`)).status).toBe(200);
    expect((await fetch(`${open.url}${OUTPUT}`)).status).toBe(200);
  });
});

describe('pages', () => {
  it('show a run and the folders of its artifacts, with links that go on working', async () => {
    const page = await (
      await get(signRunLink({ runId: 'run-1', expiresAt: NOW + HOUR, keys: KEYS }), {})
    ).text();
    const hrefs = [...page.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
    const good = hrefs.filter((href) => /artifacts\/output/.test(href));
    expect(good.length).toBe(4);
    for (const href of good) expect((await get(href, {})).status).toBe(200);
    const browse = good.find((href) => href.startsWith('/runs/')) ?? '';
    expect(await (await get(browse, {})).text()).toContain('a.txt');
  });

  it('never let a name be markup', async () => {
    for (const path of ['/runs', '/runs/run-2', '/runs/run-1/artifacts/output?path=docs']) {
      const answer = await get(path);
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-/,
      );
      expect(await answer.text()).not.toMatch(/<script/i);
    }
  });

  it('show a file only in a sandbox, and only kinds that are safe to show', async () => {
    const shown = await get(`${OUTPUT}?path=docs/index.html&view=1`);
    expect(shown.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(shown.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(shown.headers.get('content-disposition')).toMatch(/^inline/);
    const saved = await get(`${OUTPUT}?path=docs/deep/data.bin&view=1`);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment/);
    expect((await get(`${OUTPUT}?path=docs/index.html`)).headers.get('content-disposition')).toMatch(
      /^attachment/,
    );
  });
});

describe('a store that fails', () => {
  const failing = (code: 'UNAVAILABLE' | 'TIMEOUT' | 'FORBIDDEN'): ObjectStore => ({
    ...store,
    name: store.name,
    list: () => Promise.reject(new StoreError(code, 'secret words of the store')),
    head: () => Promise.reject(new StoreError(code, 'secret words of the store')),
    open: () => Promise.reject(new StoreError(code, 'secret words of the store')),
  });

  it.each([
    ['UNAVAILABLE', 502],
    ['FORBIDDEN', 502],
    ['TIMEOUT', 504],
  ] as const)('with %s is answered with %i, and its words stay here', async (code, status) => {
    await using broken = await serve(failing(code));
    for (const path of ['/api/v1/runs', '/runs/run-1', OUTPUT]) {
      const answer = await fetch(`${broken.url}${path}`, { headers: withToken });
      expect([path, answer.status]).toEqual([path, status]);
      expect(await answer.text()).not.toContain('secret');
    }
  });
});
