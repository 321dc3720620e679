import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskOptions, ask as askServer } from '../../../test/support/ask.ts';
import {
  createServerLogger,
  createServerMetrics,
  type RunningServer,
  startServer,
} from '../../server/index.ts';
import { openStore } from '../../store/index.ts';
import { type OciServer, startOciServer } from '../../store/testing/oci-server.ts';
import { type ArchiveFormat, createContentCache, type OciDownloads, openOciDownloads } from '../index.ts';
import { ARTIFACT_PATH, artifactRoute } from './artifact-route.ts';

/** A tar, and the same as a folder, below a root; the tar in a bucket too. */
describe('what is inside of an artifact', () => {
  let base = '';
  let root = '';
  let server: RunningServer;
  let oci: OciServer;
  let downloads: OciDownloads;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'slipway-inside-'));
    root = join(base, 'root');
    await mkdir(join(root, 'site/docs'), { recursive: true });
    await writeFile(join(root, 'site/docs/index.html'), '<p>hello</p>');
    await writeFile(join(root, 'site/large'), Buffer.alloc(200_000, 'abc'));
    await symlink('docs/index.html', join(root, 'site/link'));
    await symlink('/etc/passwd', join(root, 'site/out'));
    await writeFile(join(root, 'plain'), 'no tar');
    execFileSync('tar', ['-cf', join(root, 'output.tar'), '-C', join(root, 'site'), '.']);
    oci = await startOciServer();
    await using store = await openStore(oci.location);
    await store.put('run/output.tar', ReadableStream.from([await readFile(join(root, 'output.tar'))]));
    downloads = await openOciDownloads({ location: oci.location, now: Date.now });
    const metrics = createServerMetrics();
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      metrics,
      logger: createServerLogger({ stream: { write: () => true }, format: 'json', debug: false }),
      drainTimeoutMs: 1000,
      routes: [
        artifactRoute({
          roots: [root],
          oci: { tenancy: 'tenancy', downloads },
          cache: createContentCache(),
          access: { open: true, tokens: [] },
          meter: metrics.downloads,
          now: () => Date.now() + 60_000,
        }),
      ],
    });
  });
  afterAll(async () => {
    await server.close();
    await downloads[Symbol.asyncDispose]();
    await oci[Symbol.asyncDispose]();
    await rm(base, { recursive: true });
  });

  const places = { local: () => `a=output.tar&s=${root}`, bucket: () => 'a=run/output.tar&t=tenancy' };
  const ask = (query: string, options?: AskOptions) =>
    askServer(server.url, `${ARTIFACT_PATH}?${query}`, options);

  describe.each(['local', 'bucket'] as const)('of a stored tar, %s', (place) => {
    it('is one file, by its path', async () => {
      const { status, text, headers } = await ask(`${places[place]()}&path=docs/index.html`);
      expect({ status, text }).toEqual({ status: 200, text: '<p>hello</p>' });
      expect(headers['content-disposition']).toBe('attachment; filename="index.html"');
      expect((await ask(`${places[place]()}&path=link`)).text).toBe('<p>hello</p>');
    });

    it('is a part of one file, and nothing when that is known', async () => {
      const query = `${places[place]()}&path=large`;
      const { status, text, headers } = await ask(query, { headers: { range: 'bytes=100000-100004' } });
      expect({ status, text }).toEqual({ status: 206, text: 'bcabc' });
      const { etag = '' } = headers;
      expect(await ask(query, { headers: { 'if-none-match': etag } })).toMatchObject({ status: 304 });
    });

    it('is nothing where the tar has nothing, or leads out', async () => {
      for (const path of [
        'none',
        '../plain',
        '..',
        'out',
        '/etc/passwd',
        'docs/index.html/x',
        '%00',
        'docs/../large',
      ])
        expect(await ask(`${places[place]()}&path=${path}`), path).toMatchObject({ status: 404 });
    });

    it('is a folder, which needs a kind of archive', async () => {
      expect(await ask(`${places[place]()}&path=docs`)).toMatchObject({ status: 400 });
      const { status, body } = await ask(`${places[place]()}&path=docs&as=tar`);
      expect(status).toBe(200);
      const listed = execFileSync('tar', ['-tf', '-'], { input: body, encoding: 'utf8' });
      expect(listed.trim().split('\n')).toEqual(['docs/', 'docs/index.html']);
    });
  });

  it.each([
    ['tar', ['tar', '-tf']],
    ['tar.gz', ['tar', '-tzf']],
    ['zip', ['unzip', '-Z1']],
  ] as const)('is all of it as %s, whose parts fit together', async (format, program) => {
    for (const query of [places.local(), places.bucket(), `a=site&s=${root}`]) {
      const whole = await ask(`${query}&as=${format}`);
      expect(whole.status).toBe(200);
      expect(whole.headers['content-length']).toBe(String(whole.body.length));
      const { etag = '' } = whole.headers;
      const middle = Math.floor(whole.body.length / 2);
      const rest = await ask(`${query}&as=${format}`, {
        headers: { range: `bytes=${middle}-`, 'if-range': etag },
      });
      expect(rest.status).toBe(206);
      expect(rest.body.equals(whole.body.subarray(middle))).toBe(true);
      const file = join(base, 'archive');
      await writeFile(file, whole.body);
      const [name, ...flags] = program;
      const listed = execFileSync(name, [...flags, file], { encoding: 'utf8' });
      expect(listed).toMatch(/^\S+\/docs\/index\.html$/m);
    }
  });

  it('is refused as an archive where there is none', async () => {
    for (const format of ['tar', 'tar.gz', 'zip'] satisfies ArchiveFormat[])
      expect(await ask(`a=plain&s=${root}&as=${format}`)).toMatchObject({ status: 409 });
    expect(await ask(`a=plain&s=${root}&path=x`)).toMatchObject({ status: 409 });
    expect(await ask(`${places.local()}&path=docs/index.html&as=zip`)).toMatchObject({ status: 400 });
  });

  it('leaves no file open behind it', async () => {
    const open = () => execFileSync('ls', ['-l', `/proc/${process.pid}/fd`], { encoding: 'utf8' });
    await ask(`${places.local()}&path=docs/index.html`);
    await ask(`${places.local()}&path=none`);
    await ask(`${places.local()}&as=zip`);
    await ask(`a=plain&s=${root}&as=zip`);
    await expect.poll(open).not.toContain(root);
  });
});
