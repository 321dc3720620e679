import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { type Caller, createAuthenticator, signRequest } from '../../auth/index.ts';
import { commitTree, objectPath, openPullSource, pullRefs, type Repository } from '../../cache/index.ts';
import { makeRepository, temporaryFolder } from '../../cache/repository/testing/repository-folder.ts';
import { encodeEntries } from '../../cache/wire/entries.ts';
import type { CacheRoutesOptions } from './routes.ts';
import { serveCache } from './testing/serve-cache.ts';

const CACHE_REF = 'slipway.pipeline-cache/app/build';

const may =
  (...scopes: string[]): NonNullable<CacheRoutesOptions['authenticate']> =>
  (): Caller => ({ clientId: 'somebody', scopes });

let repository: Repository;
let source: string; // commit
let ref: string;
let cache: string; // commit

/** As the fleet's own: a source, and the cache of a pipeline. */
beforeEach(async () => {
  repository = await makeRepository();
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'lib/secret'), 'the source');
  await using staging = await repository.openStaging();
  const tree = (subject: string) => commitTree(staging, [{ path: '', folder }], { subject });
  source = (await tree('slipway.source/app/')).commit;
  cache = (await tree(CACHE_REF)).commit;
  ref = `slipway.source/app/${source}`;
  await staging.publish([
    { ref, commit: source },
    { ref: CACHE_REF, commit: cache },
  ]);
});

const closed = (authenticate?: CacheRoutesOptions['authenticate']) =>
  serveCache(repository, authenticate === undefined ? {} : { authenticate });

describe('a private ref', () => {
  it('is read by who has its scope, and kept by no cache on the way', async () => {
    const { url } = await closed(may(`cache:pull:${ref}`, 'cache:pull:slipway.pipeline-cache/app/*'));
    for (const [name, commit] of [
      [ref, source],
      [CACHE_REF, cache],
    ]) {
      const { status, text, headers } = await ask(url, `/artifacts/refs/heads/${name}`);
      expect({ status, text }).toEqual({ status: 200, text: `${commit}\n` });
      expect(headers['cache-control']).toBe('no-store');
    }
    expect((await ask(url, '/refs/heads/slipway.source/app/none')).status).toBe(403);
  });

  it.each([
    ['nothing', []],
    ['what everybody may', ['queue:get-artifact:public/*']],
    ['to send it', ['cache:push:*']],
    ['another application', ['cache:pull:slipway.source/ap/*', 'cache:pull:slipway.source/app2/*']],
    ['the application, and no star', ['cache:pull:slipway.source/app', 'cache:pull:slipway.source/app/']],
  ])('is refused to who may do %s, and so is one that is not there', async (_what, scopes) => {
    const { url } = await closed(may(...scopes));
    for (const name of [ref, 'slipway.source/app/none', CACHE_REF]) {
      const { status, text, headers } = await ask(url, `/artifacts/refs/heads/${name}`);
      expect(status, name).toBe(403);
      expect(JSON.parse(text)).toEqual({
        code: 'forbidden',
        message: `somebody may not read "${name}": that takes the scope cache:pull:${name}, or one with * that covers it`,
      });
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'slipway-cache': '1' });
    }
  });

  it('is refused to who is one character short of it, or beyond it', async () => {
    for (const scope of [`cache:pull:${ref.slice(0, -1)}`, `cache:pull:${ref}0`, `cache:pul:${ref}`]) {
      const { url } = await closed(may(scope));
      expect((await ask(url, `/refs/heads/${ref}`)).status, scope).toBe(403);
    }
    const { url } = await closed(may(`cache:pull:${ref}`));
    for (const name of [ref.slice(0, -1), `${ref}0`])
      expect((await ask(url, `/refs/heads/${name}`)).status, name).toBe(403);
  });

  it.each([
    ['HEAD', { method: 'HEAD' }],
    ['a range', { headers: { range: 'bytes=0-63' } }],
    ['a condition', { headers: { 'if-none-match': '"x"' } }],
  ])('is refused as well to %s', async (_what, options) => {
    const { url } = await closed(may());
    expect((await ask(url, `/artifacts/refs/heads/${ref}`, options)).status).toBe(403);
  });

  it.each([
    ['%73lipway.source', ''],
    ['slipway%2Esource', ''],
    ['Slipway.Source', ''],
    ['SLIPWAY%2esource', ''],
    ['/slipway.source', ''],
    ['./slipway.source', ''],
    ['x/../slipway.source', ''],
    ['x%2f..%2fslipway.source', ''],
    ['slipway.source%2f', ''],
    ['slipway.source/', ''],
    ['slipway.source%00', ''],
    ['slipway.source', '?x=1'],
    ['slipway.source', '/'],
    ['slipway.source', '%20'],
  ])('is read by no other name: %s…%s', async (start, end) => {
    const { url } = await closed(may());
    for (const base of ['/artifacts', '', '/artifacts/', '/%61rtifacts', '//artifacts']) {
      const path = `${base}/refs/heads/${start}/app/${source}${end}`;
      const { status, text } = await ask(url, path);
      expect([400, 403, 404], path).toContain(status);
      expect(text, path).not.toContain(`${source}\n`);
    }
  });

  it('is for everybody where the queue is open, and for nobody where there is none', async () => {
    const issuerKey = { clientId: 'issuer', accessToken: 'x', scopes: [] };
    const open = createAuthenticator({ clients: () => undefined, issuerKey, mode: 'open' });
    expect((await ask((await closed(open)).url, `/refs/heads/${ref}`)).status).toBe(200);
    expect((await ask((await closed()).url, `/refs/heads/${ref}`)).status).toBe(403);
  });

  it('leaves all others to everybody', async () => {
    await using staging = await repository.openStaging();
    await staging.publish([{ ref: 'project/element/key', commit: source }]);
    const { url } = await closed(may());
    expect((await ask(url, '/artifacts/refs/heads/project/element/key')).text).toBe(`${source}\n`);
    const { body } = await ask(url, '/artifacts/summary');
    expect(body.includes('project/element/key')).toBe(true);
    expect(body.includes('slipway.')).toBe(false);
  });
});

describe('what a private commit needs', () => {
  it('is told to who may read its ref alone', async () => {
    for (const [commit, name] of [
      [source, ref],
      [cache, CACHE_REF],
    ]) {
      const path = `/artifacts/.slipway/closure/${commit}`;
      expect((await ask((await closed(may(`cache:pull:${name}`))).url, path)).status).toBe(200);
      for (const authenticate of [may('cache:pull:slipway.source/apps/*'), undefined]) {
        const { status, text } = await ask((await closed(authenticate)).url, path);
        expect({ status, text }).toEqual({ status: 404, text: 'the artifact cache has nothing here\n' });
      }
    }
  });

  it('is there for who knows the names of its objects', async () => {
    const { url } = await closed(may());
    const name = { id: source, kind: 'commit' } as const;
    expect((await ask(url, `/${objectPath(name)}`)).status).toBe(200);
    const options = { method: 'POST', body: Buffer.from(encodeEntries([name])) };
    expect((await ask(url, '/.slipway/objects', options)).status).toBe(200);
  });
});

describe('a pull of a private ref', () => {
  const client = { clientId: 'task', accessToken: 'secret', scopes: ['cache:pull:slipway.source/app/*'] };
  const authenticate = createAuthenticator({
    clients: (id) => (id === client.clientId ? client : undefined),
    issuerKey: { clientId: 'issuer', accessToken: 'x', scopes: [] },
    mode: 'closed',
  });
  const signal = new AbortController().signal;

  async function pull(name: string, accessToken?: string) {
    const own = await makeRepository();
    const { url } = await closed(authenticate);
    using from = openPullSource(`${url}/artifacts/`, {
      signal,
      ...(accessToken !== undefined && {
        authorize: (method: string, address: URL) =>
          signRequest(method, address, { credentials: { clientId: client.clientId, accessToken } }),
      }),
    });
    const { outcomes } = await pullRefs(own, [name], from);
    return { outcome: outcomes[0], has: (await own.readRef(name)) === source };
  }

  it('passes where it is signed', async () => {
    expect(await pull(ref, 'secret')).toEqual({
      outcome: { type: 'pulled', ref, commit: source },
      has: true,
    });
  });

  it.each([
    ['anonymous may not read', () => ref, undefined],
    ['the signature does not fit', () => ref, 'wrong'],
    ['that takes the scope cache:pull:slipway.pipeline-cache/app/build', () => CACHE_REF, 'secret'],
  ])('says why it is refused: %s', async (words, name, accessToken) => {
    const { outcome, has } = await pull(name(), accessToken);
    expect(outcome).toMatchObject({ type: 'failed', error: { code: 'REFUSED' } });
    expect(outcome?.type === 'failed' && outcome.error.message).toContain(words);
    expect(has).toBe(false);
  });
});
