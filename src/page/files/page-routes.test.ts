import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuiltPage } from './built-page.ts';
import { PAGE_ADDRESSES, pageRoutes } from './page-routes.ts';

const SCRIPT = 'console.log("a page")';
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const folder = mkdtempSync(join(tmpdir(), 'slipway-page-'));
const app = fastify();

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>the page');
  writeFileSync(join(folder, 'secret.js'), 'secret');
  writeFileSync(join(folder, 'assets/index-Ab_-1234.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/index-Ab_-1234.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(folder, 'assets/plain-Ab_-1234.css'), 'a{}');
  const built = openBuiltPage(folder);
  if (built === undefined) throw new Error('the page of the test is not there');
  app.get('/runs', () => 'for programs');
  await app.register(pageRoutes(built));
});

afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

describe('the document of the page', () => {
  it('is at every address that the page shows something at', () => {
    const table = readFileSync(join(import.meta.dirname, '../../../ui/src/router/routes.ts'), 'utf8');
    const shown = [...table.matchAll(/ path: '([^']+)'/g)]
      .map(([, path]) => path)
      .filter((path) => path !== '/shell');
    expect(new Set(shown)).toEqual(new Set(PAGE_ADDRESSES));
  });

  it.each(['/', '/runs', '/runs/a1', '/tasks/b?run=2', '/queues/a%2Fb/c'])(
    'answers a browser at %s',
    async (url) => {
      const { statusCode, body, headers } = await app.inject({ url, headers: HTML });
      expect({ statusCode, body }).toEqual({ statusCode: 200, body: '<!doctype html>the page' });
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("script-src 'self'; style-src 'self';"),
      });
    },
  );

  it('lets styles be written by the terminal of a shell, and nowhere else', async () => {
    const { headers } = await app.inject({ url: '/shell/?v=1&taskId=a', headers: HTML });
    expect(headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
    expect(headers['content-security-policy']).toContain("script-src 'self';");
  });

  it('tells a person that nothing is at an address, and programs so in a line', async () => {
    const person = await app.inject({ url: '/task/typed-wrong', headers: HTML });
    expect([person.statusCode, person.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    const program = await app.inject({ url: '/task/typed-wrong' });
    expect([program.statusCode, program.headers['content-type']]).toEqual([
      404,
      'application/json; charset=utf-8',
    ]);
  });

  it.each([
    ['whoever does not accept HTML', '/runs', { accept: '*/*' }],
    ['who has a token', '/runs', { ...HTML, authorization: 'Bearer x' }],
    ['who has a signed link', '/runs?expires=1&signature=x', HTML],
  ])('is not for %s', async (_who, url, headers) => {
    expect((await app.inject({ url, headers })).body).toBe('for programs');
  });
});

describe('a file of the page', () => {
  it('is kept forever, and comes packed to who takes that', async () => {
    const url = '/assets/index-Ab_-1234.js';
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=1, br' } });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect(brotliDecompressSync(packed.rawPayload).toString()).toBe(SCRIPT);
    for (const accepted of ['br;q=0', 'deflate', 'gzip']) {
      const plain = await app.inject({ url, headers: { 'accept-encoding': accepted } });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(plain.body).toBe(SCRIPT);
    }
  });

  it.each([
    '/assets/..%2Fsecret.js',
    '/assets/..%2F..%2Fassets%2Findex-Ab_-1234.js',
    '/assets/index-Ab_-1234.js.br',
    '/assets/index-Zz_-9999.js',
    '/assets/index-Ab_-1234.js%00',
    '/assets/',
    '/secret.js',
  ])('is none at %s', async (url) => {
    expect((await app.inject({ url, headers: HTML })).statusCode).toBe(404);
  });
});

it('a folder without a page is told from one with it', () => {
  expect(openBuiltPage(join(folder, 'assets'))).toBeUndefined();
});
