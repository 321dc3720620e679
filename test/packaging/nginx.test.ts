import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask } from '../support/ask.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { createRig } from '../support/rig.ts';

const CERTIFICATE = resolve(import.meta.dirname, '../support/tls/server.crt');
const REF = 'project/element/0123';
const PRIVATE = ['slipway.source/app/1', 'slipway.pipeline-cache/app/build', 'slipway.submitted/app'];

let folder = '';
let repository = '';
let commit = '';
let nginx: Nginx;

const run = promisify(execFile);
const ostree = async (target: string, ...words: readonly string[]): Promise<string> =>
  (await run('ostree', [`--repo=${target}`, ...words])).stdout.trim();

const get = (path: string, options: Parameters<typeof ask>[2] = {}): Promise<Answer> =>
  ask(nginx.url, path, { ca: readFileSync(CERTIFICATE, 'utf8'), ...options });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-nginx-'));
  repository = join(folder, 'home/artifacts');
  mkdirSync(join(folder, 'tree/files'), { recursive: true });
  for (let i = 0; i < 100; i += 1)
    writeFileSync(join(folder, 'tree/files', `${i}`), `file ${i}\n`.repeat(i * 20));
  mkdirSync(repository, { recursive: true });
  await ostree(repository, 'init', '--mode=archive');
  await ostree(repository, 'commit', `--branch=${REF}`, `--tree=dir=${join(folder, 'tree')}`);
  await ostree(repository, 'summary', '-u');
  commit = await ostree(repository, 'rev-parse', REF);
  mkdirSync(join(repository, '.slipway'));
  for (const secret of ['.slipway/lock', 'tmp/file', '.hidden', 'refs/heads/.hidden', '../.ssh'])
    writeFileSync(join(repository, secret), 'secret');
  for (const ref of PRIVATE) {
    mkdirSync(join(repository, 'refs/heads', ref, '..'), { recursive: true });
    writeFileSync(join(repository, 'refs/heads', ref), 'secret');
  }
  symlinkSync('../.ssh', join(repository, 'summary.sig'));
  symlinkSync('/', join(repository, 'refs/heads/root'));
  nginx = await startNginx(join(folder, 'nginx'), repository);
});

afterAll(async () => {
  await nginx?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('deploy/nginx', () => {
  test.each(['', '/artifacts/'])('serves a repository to the real ostree, at "%s"', async (base) => {
    const own = join(folder, `own${base.length}`);
    await ostree(own, 'init', '--mode=bare-user');
    const trust = `--set=tls-ca-path=${CERTIFICATE}`;
    await ostree(own, 'remote', 'add', '--no-gpg-verify', trust, 'origin', `${nginx.url}${base}`);
    expect(await ostree(own, 'remote', 'refs', 'origin')).toBe(`origin:${REF}`);
    await ostree(own, 'pull', 'origin', REF);
    await ostree(own, 'fsck');
    expect(await ostree(own, 'rev-parse', `origin:${REF}`)).toBe(commit);
  });

  test("serves it to Slipway's own pull", async () => {
    await using rig = createRig();
    const words = ['cache', 'pull', REF, '--pull-url', `${nginx.url}/artifacts/`];
    const environment = { NODE_EXTRA_CA_CERTS: CERTIFICATE };
    const { exitCode, stderr } = await rig.run(words, { environment });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await ostree(join(rig.dataFolder, 'cache'), 'rev-parse', REF)).toBe(commit);
    await ostree(join(rig.dataFolder, 'cache'), 'fsck');
  });

  test('lets objects be kept for ever, and everything else be asked for anew', async () => {
    const object = `/objects/${commit.slice(0, 2)}/${commit.slice(2)}.commit`;
    const { status, headers, body } = await get(object, { headers: { 'accept-encoding': 'gzip' } });
    expect(status).toBe(200);
    expect(body.equals(readFileSync(join(repository, object)))).toBe(true);
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-encoding']).toBeUndefined();
    for (const path of ['/config', '/artifacts/summary', `/refs/heads/${REF}`])
      expect((await get(path)).headers, path).toMatchObject({ 'cache-control': 'no-cache' });
  });

  test('serves nothing else', async () => {
    const paths = [
      '/',
      '/artifacts/',
      '/artifacts',
      '/objects/',
      '/refs/heads/',
      '/refs/heads/project',
      '/refs/heads/project/',
      '/refs/heads/.hidden',
      '/refs/heads/root/etc/passwd',
      '/summary.sig',
      '/.slipway/lock',
      '/.hidden',
      '/tmp/file',
      '/state/',
      '/../.ssh',
      '/artifacts/../../.ssh',
      '/artifacts/%2e%2e/.ssh',
      '/artifacts/refs/heads/%2e%2e/%2e%2e/.slipway/lock',
      '/refs/heads/..%2f..%2f.slipway%2flock',
      '/refs/heads/%2ehidden',
      '/refs/remotes/x',
      ...PRIVATE.map((ref) => `/refs/heads/${ref}`),
      '/artifacts/refs/heads/slipway%2Esource/app/1',
      '/refs/heads//slipway.source/app/1',
      '/refs/heads/slipway.source//app/1',
      `/objects/${commit.slice(0, 2)}/${commit.slice(2)}.commitmeta`,
    ];
    for (const path of paths) {
      const { status, text } = await get(path);
      expect([404, 400], path).toContain(status);
      expect(text, path).not.toContain('secret');
    }
    expect((await get('/config', { method: 'PUT', body: 'x' })).status).toBe(405);
  });

  test('speaks TLS 1.2 and newer alone, and leads there from http', async () => {
    const version = async (
      minVersion: 'TLSv1' | 'TLSv1.2',
      maxVersion: 'TLSv1.1' | 'TLSv1.2',
    ): Promise<string> => {
      const { promise, resolve: done } = Promise.withResolvers<string>();
      const { hostname, port } = new URL(nginx.url);
      const ciphers = 'DEFAULT@SECLEVEL=0'; // else this side refuses the old ones itself
      const options = {
        host: hostname,
        port: Number(port),
        minVersion,
        maxVersion,
        ciphers,
        rejectUnauthorized: false,
      };
      const socket = connect(options, () => done(socket.getProtocol() ?? 'none'));
      socket.once('error', () => done('refused'));
      const found = await promise;
      socket.destroy();
      return found;
    };
    expect(await version('TLSv1', 'TLSv1.1')).toBe('refused');
    expect(await version('TLSv1.2', 'TLSv1.2')).toBe('TLSv1.2');
    const { status, headers } = await ask(nginx.httpUrl, '/summary');
    expect({ status, location: headers['location'] }).toMatchObject({
      status: 301,
      location: 'https://127.0.0.1/summary',
    });
  });
});
