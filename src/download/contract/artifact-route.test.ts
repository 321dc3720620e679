import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { METHODS } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask as askServer } from '../../../test/support/ask.ts';
import { createServerLogger, createServerMetrics, startServer } from '../../server/index.ts';
import { StoreError, type StoreErrorCode } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import type { OciDownloads } from '../contents/oci-downloads.ts';
import { type Access, createContentCache, signLink } from '../index.ts';
import { ARTIFACT_NOT_FOUND_TEXT, ARTIFACT_PATH, artifactRoute } from './artifact-route.ts';
import { artifactResource } from './ask.ts';

const TENANCY = 'ocid1.tenancy.oc1..aaaa';
const NOW = Date.now() + 60_000;

function content(text: string, fileName: string): DownloadContent {
  const bytes = Buffer.from(text);
  return {
    sizeBytes: bytes.length,
    etag: 'one',
    mediaType: 'application/x-tar',
    fileName,
    async *read({ start, end }) {
      yield bytes.subarray(start, end);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A bucket that has what is asked for, or fails as the name says. */
const oci: OciDownloads = {
  open(name) {
    if (name === 'absent') return Promise.resolve(undefined);
    const code = /^fails (?<code>\w+)$/.exec(name)?.groups?.['code'];
    // The names in these tests are codes.
    if (code !== undefined)
      return Promise.reject(new StoreError(code as StoreErrorCode, 'https://host/p/secret'));
    return Promise.resolve(content(`the object ${name}`, name.slice(name.lastIndexOf('/') + 1)));
  },
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

describe("the original's route", () => {
  let base = '';
  let root = '';
  const servers: AsyncDisposable[] = [];

  async function open(options: { access?: Access; oci?: boolean } = {}): Promise<string> {
    const metrics = createServerMetrics();
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      metrics,
      logger: createServerLogger({ stream: { write: () => true }, format: 'json', debug: false }),
      drainTimeoutMs: 1000,
      notFoundText: ARTIFACT_NOT_FOUND_TEXT,
      routes: [
        artifactRoute({
          roots: [root],
          cache: createContentCache(),
          access: options.access ?? { open: true, tokens: [] },
          meter: metrics.downloads,
          now: () => NOW,
          ...(options.oci !== false && { oci: { tenancy: TENANCY, downloads: oci } }),
        }),
      ],
    });
    servers.push(server);
    return server.url;
  }

  let url = '';
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'slipway-contract-'));
    root = join(base, 'root');
    await mkdir(join(root, 'bucket/run'), { recursive: true });
    await writeFile(join(root, 'bucket/run/output.tar'), 'hello');
    await writeFile(join(base, 'secret'), 'secret');
    await symlink('../secret', join(root, 'link'));
    url = await open();
  });
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await rm(base, { recursive: true });
  });

  const ask = (query: string, options = {}) => askServer(url, `${ARTIFACT_PATH}${query}`, options);
  const local = (artifact: string) => `?a=${artifact}&s=${root}`;

  it('answers a file with its bytes and the headers of the original', async () => {
    const { status, text, headers } = await ask(local('bucket/run/output.tar'));
    expect({ status, text }).toEqual({ status: 200, text: 'hello' });
    expect(headers).toMatchObject({
      'content-type': 'binary/octet-stream',
      'content-disposition': 'attachment; filename="output.tar"',
      'accept-ranges': 'bytes',
      'content-length': '5',
      'x-content-type-options': 'nosniff',
    });
  });

  it('answers HEAD with the same headers and no bytes', async () => {
    const { status, text, headers } = await ask(local('bucket/run/output.tar'), { method: 'HEAD' });
    expect({ status, text }).toEqual({ status: 200, text: '' });
    expect(headers).toMatchObject({ 'content-length': '5', 'content-type': 'binary/octet-stream' });
  });

  it('answers OPTIONS with the methods that it takes', async () => {
    expect(await ask('', { method: 'OPTIONS' })).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
  });

  it('refuses every other method, whatever the query', async () => {
    const others = METHODS.filter((method) => !['GET', 'HEAD', 'OPTIONS', 'CONNECT'].includes(method));
    expect(others.length).toBeGreaterThan(20);
    for (const method of others) {
      const { status, text, headers } = await ask('?a=%zz', { method });
      expect({ status, text }, method).toEqual({ status: 405, text: 'protocol error\n' });
      expect(headers).toMatchObject({ allow: 'GET, HEAD, OPTIONS', 'x-content-type-options': 'nosniff' });
    }
  });

  it('does not wait for a body that it refuses', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': '1000000000' };
    expect(await ask('', { method: 'POST', headers, body: 'x' })).toMatchObject({ status: 405 });
  });

  it('says of every other address that it is incorrect, before it looks at the method', async () => {
    for (const path of [
      '/',
      `${ARTIFACT_PATH}/`,
      `${ARTIFACT_PATH}/x?a=1`,
      `/${ARTIFACT_PATH}?a=1`,
      ARTIFACT_PATH.replace('artifact', 'Artifact'),
      '/api/v3/operator/artifact%2Fdownload?a=1',
      '/api/v3/../v3/operator/artifact/download?a=1',
      '/%zz',
      '/%ff',
      '/%00',
    ])
      for (const method of ['GET', 'POST'])
        expect(await askServer(url, path, { method }), `${method} ${path}`).toMatchObject({
          status: 404,
          text: 'Download URL is incorrect, 404 not found\n',
          headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
        });
  });

  it.each([
    ['?a=%zz', 'the query has a "%" without two hexadecimal digits behind it'],
    ['?a=%', 'the query has a "%" without two hexadecimal digits behind it'],
    ['?%zz', 'the query has a "%" without two hexadecimal digits behind it'],
    ['?a=1&b=%2', 'the query has a "%" without two hexadecimal digits behind it'],
    ['?a=%ff', 'the query is not UTF-8'],
    ['?a=%c0%ae%c0%ae', 'the query is not UTF-8'],
    ['?a=1;s=2', 'the query has a semicolon: write %3B'],
    ['', 'missing artifact a='],
    ['?', 'missing artifact a='],
    ['?s=/x', 'missing artifact a='],
    ['?a', 'missing artifact a='],
    ['?a=', 'missing artifact a='],
    ['?a=&a=x', 'missing artifact a='],
    ['?A=x', 'missing artifact a='],
    ['?a=x&as=rar', 'as= takes tar, tar.gz, zip'],
    ['?a=x', 'missing OCI specifier'],
    ['?a=x&s=&t=', 'missing OCI specifier'],
  ])('refuses the query %j with 400', async (query, reason) => {
    expect(await ask(query)).toMatchObject({ status: 400, text: `${reason}\n` });
  });

  it('counts only the first value of each parameter', async () => {
    const first = local('bucket/run/output.tar');
    expect(await ask(`${first}&a=../secret&s=/&t=x`)).toMatchObject({ status: 200, text: 'hello' });
    expect(await ask(`?a=../secret&${first.slice(1)}`)).toMatchObject({ status: 404 });
  });

  it('reads escapes once', async () => {
    expect(await ask(local('bucket%2Frun%2foutput%2Etar'))).toMatchObject({ status: 200 });
    expect(await ask(local('bucket%252Frun%252Foutput.tar'))).toMatchObject({ status: 404 });
  });

  it('says nothing but that there is nothing of what is absent, outside, or not to be had', async () => {
    const hostile = [
      'absent',
      '../secret',
      '..%2Fsecret',
      '%2e%2e%2fsecret',
      '%252e%252e%252fsecret',
      'bucket/../../secret',
      '/etc/passwd',
      '%2Fetc%2Fpasswd',
      `${root}/bucket/run/output.tar`,
      'bucket/run/output.tar%00',
      '%00',
      'link',
      '..%5Csecret',
      'bucket/run/output.tar/',
    ];
    const answers = await Promise.all(hostile.slice(0, -1).map((artifact) => ask(local(artifact))));
    for (const [index, { status, text, headers }] of answers.entries())
      expect({ status, text, length: headers['content-length'] }, hostile[index]).toEqual({
        status: 404,
        text: 'there is no such artifact\n',
        length: '26',
      });
  });

  it.each(['/', '/etc', '..', '.', 'root', '%00'])(
    'serves nothing below %s, which is no root',
    async (folder) => {
      for (const artifact of ['passwd', 'etc/passwd', 'secret', 'root/bucket/run/output.tar'])
        expect(await ask(`?a=${artifact}&s=${folder}`)).toMatchObject({ status: 404 });
      expect(await ask(`?a=secret&s=${root}/..`)).toMatchObject({ status: 404 });
      expect(await ask(`?a=output.tar&s=${root}/bucket/run`)).toMatchObject({ status: 200 });
    },
  );

  it('says of a folder what can be done with it', async () => {
    expect(await ask(local('bucket'))).toMatchObject({
      status: 400,
      text: 'the artifact is a folder: add as=tar, as=tar.gz or as=zip, or name a file in it\n',
    });
  });

  it('keeps what a name holds out of the headers', async () => {
    const name = 'a"b\\c;d\r\nX-Injected: 1é.tar';
    await writeFile(join(root, name), 'x');
    const { status, headers, text } = await ask(local(encodeURIComponent(name)));
    expect({ status, text }).toEqual({ status: 200, text: 'x' });
    expect(headers).not.toHaveProperty('x-injected');
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename=".*"; filename\*=UTF-8''[\w%.'-]+$/,
    );
  });

  it('lets nobody keep an answer without asking again, which costs nothing', async () => {
    const first = await ask(local('bucket/run/output.tar'));
    expect(first.headers['cache-control']).toBe('private, no-cache');
    const headers = { 'if-none-match': first.headers.etag ?? '' };
    expect(await ask(local('bucket/run/output.tar'), { headers })).toMatchObject({
      status: 304,
      text: '',
      headers: { 'cache-control': 'private, no-cache' },
    });
  });

  it('answers ranges', async () => {
    const { status, text, headers } = await ask(local('bucket/run/output.tar'), {
      headers: { range: 'bytes=1-3' },
    });
    expect({ status, text }).toEqual({ status: 206, text: 'ell' });
    expect(headers['content-range']).toBe('bytes 1-3/5');
    const headers416 = { headers: { range: 'bytes=9-' } };
    expect(await ask(local('bucket/run/output.tar'), headers416)).toMatchObject({ status: 416 });
  });

  describe('with a tenancy', () => {
    const object = (name: string, tenancy = TENANCY) => ask(`?a=${name}&t=${tenancy}`);

    it.each([
      ['project/run/output.tar', 'project/run/output.tar'],
      ['wercker-development/project/output.tar', 'project/output.tar'],
      ['wercker-production/project/output.tar', 'project/output.tar'],
      ['wercker-production/wercker-development/x', 'wercker-development/x'],
      ['wercker-staging/x', 'wercker-staging/x'],
      ['x/wercker-production/y', 'x/wercker-production/y'],
    ])('answers %s with the object %s', async (asked, name) => {
      const { status, text, headers } = await object(asked);
      expect({ status, text }).toEqual({ status: 200, text: `the object ${name}` });
      expect(headers).toMatchObject({
        'content-type': 'binary/octet-stream',
        'content-disposition': `attachment; filename="${name.slice(name.lastIndexOf('/') + 1)}"`,
      });
    });

    it('refuses every other tenancy, and any where none is configured', async () => {
      const refused = { status: 403, text: 'wrong tenancy\n' };
      for (const tenancy of ['x', TENANCY.slice(0, -1), `${TENANCY}a`, TENANCY.toUpperCase()])
        expect(await object('x', tenancy)).toMatchObject(refused);
      const without = await open({ oci: false });
      expect(await askServer(without, `${ARTIFACT_PATH}?a=x&t=${TENANCY}`)).toMatchObject(refused);
    });

    it('is not asked where a folder of this machine is', async () => {
      expect(await ask(`?a=x&t=${TENANCY}&s=${root}`)).toMatchObject({ status: 404 });
      expect(await ask(`?a=x&t=wrong&s=${root}`)).toMatchObject({ status: 404 });
    });

    it.each([
      ['absent', 404, 'there is no such artifact'],
      ['fails INVALID_KEY', 404, 'there is no such artifact'],
      ['fails UNAVAILABLE', 502, 'the store of the artifacts failed'],
      ['fails FORBIDDEN', 502, 'the store of the artifacts failed'],
      ['fails NO_STORE', 502, 'the store of the artifacts failed'],
      ['fails PROTOCOL', 502, 'the store of the artifacts failed'],
      ['fails TIMEOUT', 504, 'the store did not answer in time'],
    ])('answers what is %s with %i and no internals', async (name, status, text) => {
      expect(await object(encodeURIComponent(name))).toMatchObject({ status, text: `${text}\n` });
    });
  });

  describe('that requires signed links', () => {
    const keys = [Buffer.alloc(32, 7)] as const;
    const access: Access = { open: false, keys: [keys[0]], tokens: ['a token'] };
    const artifact = 'bucket/run/output.tar';
    const signed = (expiresAt: number, path = artifact) => {
      const resource = artifactResource({
        artifact: path,
        folder: root,
        tenancy: undefined,
        path: undefined,
      });
      const { expires, signature } = signLink({ resource, expiresAt, keys: [keys[0]] });
      return `&expires=${expires}&signature=${signature}`;
    };

    it('lets through a link that is good, for what it names and all below it', async () => {
      const server = await open({ access });
      const asked = `${ARTIFACT_PATH}${local(artifact)}`;
      for (const path of [artifact, 'bucket'])
        expect(await askServer(server, asked + signed(NOW + 60_000, path))).toMatchObject({ status: 200 });
    });

    it('refuses the others before it looks for anything', async () => {
      const server = await open({ access });
      for (const path of [artifact, 'absent', '../secret']) {
        const asked = `${ARTIFACT_PATH}${local(path)}`;
        expect(await askServer(server, asked), path).toMatchObject({
          status: 401,
          headers: { 'www-authenticate': 'Bearer' },
        });
        for (const signature of [signed(NOW - 1000, path), signed(NOW + 60_000, 'other'), '&signature=x'])
          expect(await askServer(server, asked + signature), path).toMatchObject({ status: 403 });
      }
    });

    it('lets a token through', async () => {
      const server = await open({ access: { ...access, tokens: ['secret-token'] } });
      const asked = (authorization: string) =>
        askServer(server, `${ARTIFACT_PATH}${local(artifact)}`, { headers: { authorization } });
      expect(await asked('Bearer secret-token')).toMatchObject({ status: 200 });
      expect(await asked('Bearer another')).toMatchObject({ status: 401 });
    });
  });
});
