import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { initRepository, openRepository } from '../../src/cache/index.ts';
import { decodeSummary, walkCommit } from '../../src/cache/ostree/index.ts';
import { addAll, makeArtifact } from '../../src/cache/repository/testing/make-artifact.ts';
import { rawClient } from '../../src/download/transfer/testing/raw-client.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests
const TLS = resolve(import.meta.dirname, '../support/tls');
const TLS_WORDS = ['--certfile', join(TLS, 'server.crt'), '--keyfile', join(TLS, 'server.key')];
const REF = 'project/element/0123';

const run = promisify(execFile);
const ostree = async (repository: string, ...words: readonly string[]): Promise<string> =>
  (await run('ostree', [`--repo=${repository}`, ...words])).stdout.trim();

/** A repository that the real `ostree` made, with a few artifacts in it. Gives its folder. */
async function originalRepository(rig: Rig): Promise<string> {
  const folder = join(rig.folder, 'repository');
  for (let i = 0; i < 30; i += 1) rig.write(`tree/files/${i}`, `file ${i}\n`.repeat(i * 40 + 1));
  rig.write('tree/files/run', '#!/bin/sh\n', 0o755);
  await ostree(folder, 'init', '--mode=archive');
  await ostree(
    folder,
    'commit',
    `--branch=${REF}`,
    `--tree=dir=${join(rig.folder, 'tree')}`,
    '--owner-uid=0',
    '--owner-gid=0',
  );
  await ostree(folder, 'summary', '-u');
  return folder;
}

const serveCache = (rig: Rig, ...words: string[]): Promise<Served> =>
  serve(rig, ['server', '--port', '0', ...words]);

/** An empty repository of a teammate with the server as its remote. */
async function teammate(rig: Rig, name: string, mode: string, url: string): Promise<string> {
  const folder = join(rig.folder, name);
  const trust = `--set=tls-ca-path=${join(TLS, 'server.crt')}`;
  await ostree(folder, 'init', `--mode=${mode}`);
  await ostree(folder, 'remote', 'add', '--no-gpg-verify', trust, 'origin', url);
  return folder;
}

describe('slipway server', () => {
  it.each([
    ['http', '/artifacts/', []],
    ['http', '', []],
    ['https', '/artifacts', TLS_WORDS],
  ] as const)('serves a repository to the real ostree over %s, at "%s"', async (scheme, base, words) => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const commit = await ostree(folder, 'rev-parse', REF);
    const { url } = await serveCache(rig, '--repository', folder, ...words);
    expect(url).toMatch(`${scheme}://`);
    const mirror = await teammate(rig, 'mirror', 'archive', `${url}${base}`);
    expect(await ostree(mirror, 'remote', 'refs', 'origin')).toBe(`origin:${REF}`);
    await ostree(mirror, 'pull', '--mirror', 'origin', REF);
    expect(await ostree(mirror, 'rev-parse', REF)).toBe(commit);
    await ostree(mirror, 'pull', '--mirror', 'origin'); // all of it, and again
    await ostree(mirror, 'fsck');
    const own = await teammate(rig, 'own', 'bare-user', `${url}${base}`);
    await ostree(own, 'pull', 'origin', REF);
    await ostree(own, 'checkout', '--user-mode', `origin:${REF}`, join(rig.folder, 'out'));
    expect(readFileSync(join(rig.folder, 'out/files/7'))).toEqual(
      readFileSync(join(rig.folder, 'tree/files/7')),
    );
  });

  it("serves Slipway's own pull with many objects in an answer, and notes the use", async () => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const commit = await ostree(folder, 'rev-parse', REF);
    const ref = join(folder, 'refs/heads', REF);
    const object = join(folder, 'objects', commit.slice(0, 2), `${commit.slice(2)}.commit`);
    const longAgo = new Date(Date.now() - 86_400_000);
    for (const file of [ref, object]) utimesSync(file, longAgo, longAgo);
    const { url } = await serveCache(rig, '--repository', folder);
    const pulled = await rig.run(['cache', 'pull', REF, '--pull-url', `${url}/artifacts/`]);
    expect(pulled).toMatchObject({ exitCode: 0 });
    const own = join(rig.dataFolder, 'cache');
    expect(await ostree(own, 'rev-parse', REF)).toBe(commit);
    await ostree(own, 'fsck');
    const { text } = await ask(url, '/metrics');
    expect(text).toMatch(/slipway_cache_requests_total\{kind="closure",outcome="hit"\} 1$/m);
    expect(text).toMatch(/slipway_cache_batched_objects_total\{outcome="hit"\} [1-9]/);
    expect(text).not.toContain('kind="filez"');
    await vi.waitFor(() => {
      const used = Math.max(...[ref, object].map((file) => statSync(file).mtimeMs));
      expect(used).toBeGreaterThan(longAgo.getTime() + 3_600_000);
    }, PATIENT);
  });

  it('serves one without a summary, by its refs', async () => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const { url } = await serveCache(rig, '--repository', folder);
    rmSync(join(folder, 'summary'));
    const own = await teammate(rig, 'own', 'bare-user', `${url}/artifacts/`);
    await ostree(own, 'pull', 'origin', REF);
    expect(await ostree(own, 'rev-parse', `origin:${REF}`)).toBe(await ostree(folder, 'rev-parse', REF));
    await expect(ostree(own, 'pull', 'origin', 'project/element/none')).rejects.toThrow(/404|No such branch/);
  });

  it('answers what programs of 2017 to 2022 ask on one connection, and their wish for HTTP/2 not at all', async () => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const commit = await ostree(folder, 'rev-parse', REF);
    const { url } = await serveCache(rig, '--repository', folder);
    const object = `${commit.slice(0, 2)}/${commit.slice(2)}`;
    const asked: readonly (readonly [string, number])[] = [
      ['config', 200], // first of all until 2019
      ['summary.sig', 404],
      ['summary', 200],
      [`refs/heads/${REF}`, 200],
      ['refs/heads/project/element/none', 404],
      ['delta-indexes/AA/BBBB.index', 404],
      ['deltas/AA/BBBB/superblock', 404],
      [`objects/${object}.commitmeta`, 404],
      [`objects/${object}.commit`, 200],
    ];
    using client = await rawClient(Number(new URL(url).port));
    for (const [path, expected] of asked) {
      client.send(
        `GET /artifacts/${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: libostree/2017.8\r\nAccept: */*\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`,
      );
      const { status, body } = await client.response();
      expect({ path, status }).toEqual({ path, status: expected });
      if (expected === 200) expect(body.equals(readFileSync(join(folder, path)))).toBe(true);
    }
  });

  it('never shows a ref, or a summary with it, before everything of it', async () => {
    await using rig = createRig();
    const folder = join(rig.folder, 'repository');
    await initRepository(folder);
    const { url } = await serveCache(rig, '--repository', folder);
    await using repository = await openRepository(folder);
    const refOf = (i: number): string => `project/element/${i.toString(16).padStart(64, '0')}`;
    let isOver = false;
    const publishing = (async () => {
      for (let i = 0; i < 15; i += 1) {
        const artifact = makeArtifact(
          { [`files/${i}`]: `content ${i}`, 'files/same': 'same' },
          1_000_000 + i,
        );
        await using staging = await repository.openStaging();
        await addAll(staging, artifact.objects);
        await staging.publish([
          { ref: refOf(i), commit: artifact.commit },
          { ref: 'project/element/moving', commit: artifact.commit },
        ]);
      }
    })().finally(() => {
      isOver = true;
    });
    const get = async (path: string): Promise<Buffer> => {
      const { status, body } = await ask(url, `/artifacts/${path}`);
      expect({ path, status }).toEqual({ path, status: 200 });
      return body;
    };
    const reader = {
      readMetadata: ({ id, kind }: { id: string; kind: string }) =>
        get(`objects/${id.slice(0, 2)}/${id.slice(2)}.${kind}`),
    };
    let seen = 0;
    for (let last = false; !last; ) {
      last = isOver;
      const { refs } = decodeSummary(await get('summary'));
      const moving = refs.some(({ ref }) => ref.endsWith('moving'))
        ? [(await get('refs/heads/project/element/moving')).toString().trim()]
        : [];
      const commits = [...moving, ...refs.slice(-2).map(({ commit }) => commit)];
      for await (const name of walkCommit(reader, commits))
        await get(`objects/${name.id.slice(0, 2)}/${name.id.slice(2)}.${name.kind}`);
      seen = Math.max(seen, refs.length);
    }
    await publishing;
    expect(seen).toBe(16);
    const mirror = await teammate(rig, 'mirror', 'archive', `${url}/artifacts/`);
    await ostree(mirror, 'pull', '--mirror', 'origin');
    await ostree(mirror, 'fsck');
    await ostree(folder, 'fsck');
  });

  it.each([
    ['ostree summary -u', (folder: string) => ostree(folder, 'summary', '-u')],
    [
      'slipway cache summary',
      (folder: string, rig: Rig) => rig.run(['cache', 'summary', '--repository', folder]),
    ],
  ])('comes to no harm when a timer runs `%s` beside pushes', async (_command, list) => {
    await using rig = createRig();
    const folder = join(rig.folder, 'repository');
    await initRepository(folder);
    const { url } = await serveCache(rig, '--repository', folder);
    await using repository = await openRepository(folder);
    let isOver = false;
    const refs = Array.from({ length: 8 }, (_, i) => `project/element/${i.toString(16).padStart(64, '0')}`);
    const publishing = (async () => {
      for (const [i, ref] of refs.entries()) {
        const artifact = makeArtifact({ [`files/${i}`]: `content ${i}` }, 1_000_000 + i);
        await using staging = await repository.openStaging();
        await addAll(staging, artifact.objects);
        await staging.publish([{ ref, commit: artifact.commit }]);
      }
    })().finally(() => {
      isOver = true;
    });
    const listing = (async () => {
      while (!isOver) await list(folder, rig);
    })();
    while (!isOver) {
      const { status, body } = await ask(url, '/artifacts/summary');
      expect(status).toBe(200);
      for (const { commit } of decodeSummary(body).refs.slice(-1)) {
        const object = `${commit.slice(0, 2)}/${commit.slice(2)}.commit`;
        expect((await ask(url, `/objects/${object}`)).status).toBe(200);
      }
    }
    await Promise.all([publishing, listing]);
    await ostree(folder, 'fsck');
    for (const ref of refs) expect((await ask(url, `/refs/heads/${ref}`)).status).toBe(200);
    await list(folder, rig);
    const listed = decodeSummary((await ask(url, '/summary')).body).refs.map(({ ref }) => ref);
    expect(listed).toEqual(refs);
  });

  it("serves this machine's own cache, made where there is none, and its downloads", async () => {
    await using rig = createRig();
    const { url, log } = await serveCache(rig);
    expect(log().find(({ msg }) => msg.startsWith('serving'))).toMatchObject({
      msg: expect.stringMatching(
        /^serving the artifact cache, the queue, the image builder and downloads on port \d+, HTTP$/,
      ),
      cache: join(rig.dataFolder, 'cache'),
      pullUrl: `${url}/artifacts/`,
      runs: `${url}/runs`,
      roots: [join(rig.dataFolder, 'downloads')],
    });
    expect((await ask(url, '/artifacts/config')).text).toContain('mode=archive-z2');
    expect(decodeSummary((await ask(url, '/summary')).body).refs).toEqual([]);
    expect(await ask(url, '/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    expect((await ask(url, '/')).headers['location']).toBe('/runs');
    expect((await ask(url, '/api/v1/runs')).status).toBe(200); // this machine sees its runs
    expect((await ask(url, '/api/v3/operator/artifact/download?a=x&s=/etc')).status).toBe(404);
    const metrics = (await ask(url, '/metrics')).text;
    expect(metrics).toContain('slipway_cache_refs 0');
    expect(metrics).toContain('slipway_cache_quota_bytes +Inf');
  });

  it('says that it is not well where the repository is gone', async () => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const { url } = await serveCache(rig, '--repository', folder);
    rmSync(join(folder, 'config'));
    expect(await ask(url, '/healthz')).toMatchObject({
      status: 503,
      text: '{"status":"failing","failing":["artifact-cache"]}',
    });
    expect((await ask(url, '/artifacts/config')).status).toBe(404);
  });

  it('does not write a line for each object of a pull', async () => {
    await using rig = createRig();
    const folder = await originalRepository(rig);
    const { url, log } = await serveCache(rig, '--repository', folder);
    const own = await teammate(rig, 'own', 'bare-user', `${url}/artifacts/`);
    await ostree(own, 'pull', 'origin', REF);
    await vi.waitFor(
      () => expect(log().some(({ path }) => path === '/artifacts/summary')).toBe(true),
      PATIENT,
    );
    expect(log().filter(({ path }) => String(path).includes('/objects/'))).toEqual([]);
  });

  it('sends what goes on to its end when it is stopped', async () => {
    await using rig = createRig();
    const folder = join(rig.folder, 'repository');
    await initRepository(folder);
    mkdirSync(join(folder, 'deltas/ab/cd'), { recursive: true });
    const large = Buffer.alloc(64 * 1024 * 1024, 1);
    writeFileSync(join(folder, 'deltas/ab/cd/0'), large);
    const { url, running } = await serveCache(rig, '--repository', folder);
    const received = new Promise<number>((done, reject) => {
      const sent = request(`${url}/artifacts/deltas/ab/cd/0`, (response) => {
        running.process.kill('SIGTERM');
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
        });
        response.once('end', () => done(size));
        response.once('error', reject);
      });
      sent.once('error', reject);
      sent.end();
    });
    expect(await received).toBe(large.length);
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });

  it('takes what the configuration file says of it', async () => {
    await using rig = createRig();
    await initRepository(join(rig.folder, 'mine'));
    rig.write(
      'config.yaml',
      'server: {host: 127.0.0.2, drainTimeout: 1s}\ncache: {repository: mine}\ndownload: {port: 1}\n',
    );
    const environment = { SLIPWAY_CONFIG: join(rig.folder, 'config.yaml') };
    const { url, log } = await serve(rig, ['server', '--port', '0'], { environment });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.2:/);
    expect(log().find(({ msg }) => msg.startsWith('serving'))).toMatchObject({
      cache: join(rig.folder, 'mine'),
    });
  });

  it.each([
    [
      ['--repository', 'none'],
      1,
      /none is no repository: there is no such folder\n`slipway cache init DIR` makes one\./,
    ],
    [['--port', '70000'], 2, /invalid port number "70000"/],
    [['--keyfile', 'x'], 2, /--keyfile is given without --certfile/],
  ])('does not start with %j', async (words, exitCode, sentence) => {
    await using rig = createRig();
    const finished = await rig.run(['server', ...words]);
    expect(finished.stderr).toMatch(sentence);
    expect(finished.exitCode).toBe(exitCode);
  });
});
