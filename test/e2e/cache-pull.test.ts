import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectPath } from '../../src/cache/index.ts';
import { type FaultyServer, startFaultyServer } from '../../src/cache/pull/testing/faulty-server.ts';
import {
  copyOf,
  keyOf,
  noise,
  type OstreeRemote,
  openOstreeRemote,
  STRONG,
  TREE,
  WEAK,
} from '../../src/cache/pull/testing/pull-rig.ts';
import { serve } from '../support/download-server.ts';
import { createRig, type Rig, type Running } from '../support/rig.ts';

const SECOND = `project/second/${keyOf('2')}`;
const ABSENT = `project/absent/${keyOf('9')}`;
const FILES = 60;

let remote: OstreeRemote;
let commit: string;

beforeAll(() => {
  remote = openOstreeRemote();
  const many = Object.fromEntries(
    Array.from({ length: FILES }, (_, n) => [`files/many/${n}`, noise(3000, n + 10)]),
  );
  commit = remote.commit(STRONG, { ...TREE, ...many });
  remote.commit(SECOND, { ...TREE, 'files/own': 'of the second' });
});
afterAll(() => remote[Symbol.dispose]());

const ownCache = (rig: Rig): string => join(rig.dataFolder, 'cache');

const ostree = (rig: Rig, command: string, ...words: readonly string[]): string =>
  execFileSync('ostree', [command, `--repo=${ownCache(rig)}`, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** What the real `ostree` finds: all of it is whole. */
const expectSound = (rig: Rig): string => ostree(rig, 'fsck', '--quiet');

const linesOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('slipway cache pull', () => {
  it('brings artifacts from any web server, by both keys, and asks for nothing that is here', async () => {
    await using rig = createRig();
    await using server = await startFaultyServer(remote.folder);
    const words = ['cache', 'pull', STRONG, SECOND, '--pull-url', server.url];
    const first = await rig.run(words);
    expect(first).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n${SECOND}\n` });
    expect(first.stderr).toMatch(
      /^Pulled from http:.*\nPulled from http:.*\n\d+ objects, .* in .*\/s\), all checked\n$/,
    );
    expectSound(rig);
    expect(new Set(ostree(rig, 'refs').trim().split('\n'))).toEqual(new Set([STRONG, WEAK, SECOND]));
    expect(ostree(rig, 'cat', SECOND, '/files/own')).toBe('of the second');
    server.asked.length = 0;
    const again = await rig.run(words);
    expect(again).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n${SECOND}\n` });
    expect(again.stderr).toMatch(/Here already, as http:.*\nNothing had to be fetched/s);
    expect(new Set(server.asked)).toEqual(new Set([`refs/heads/${STRONG}`, `refs/heads/${SECOND}`]));
  });

  it('brings them from slipway server', async () => {
    await using rig = createRig();
    await using other = createRig();
    const { url } = await serve(other, ['server', '--port', '0', '--repository', remote.folder]);
    const finished = await rig.run([
      'cache',
      'pull',
      STRONG,
      '--pull-url',
      `${url}/artifacts/`,
      '--output',
      'json',
    ]);
    expect(finished.exitCode).toBe(0);
    expect(linesOf(finished.stdout)).toMatchObject([
      { type: 'cache-pulled', ref: STRONG, commit, wasHere: false },
      { type: 'cache-pull-finished', pulled: 1, failed: 0, repository: ownCache(rig) },
    ]);
    expectSound(rig);
  });

  it('says of each that cannot be had why, pulls the others, and exits with 1', async () => {
    await using rig = createRig();
    await using server = await startFaultyServer(remote.folder);
    const finished = await rig.run(['cache', 'pull', ABSENT, SECOND, '--pull-url', server.url]);
    expect(finished).toMatchObject({ exitCode: 1, stdout: `${SECOND}\n` });
    expect(finished.stderr).toContain(`Not pulled: ${ABSENT}\n  ${server.url} does not have it\n`);
    expect(finished.stderr).toContain(
      'slipway: an artifact could not be pulled\n`slipway cache list --remote`',
    );
    const json = await rig.run(['cache', 'pull', ABSENT, '--pull-url', server.url, '--output', 'json']);
    expect(linesOf(json.stdout)).toMatchObject([
      { type: 'cache-pull-failed', ref: ABSENT, reasons: [`${server.url} does not have it`] },
      { type: 'cache-pull-finished', pulled: 0, failed: 1 },
      { type: 'error', code: 'failed', exitCode: 1 },
    ]);
  });

  it('asks the caches in their order, and goes on to the next one where one is damaged or not there', async () => {
    await using rig = createRig();
    using damaged = copyOf(remote);
    const [, id = ''] =
      /\s([0-9a-f]{64})\s+\//.exec(remote.ostree('ls', '-C', STRONG, '/files/bin/tool')) ?? [];
    writeFileSync(join(damaged.folder, objectPath({ id, kind: 'filez' })), 'damaged');
    await using first = await startFaultyServer(damaged.folder);
    await using good = await startFaultyServer(remote.folder);
    const urls = ['http://127.0.0.1:9/', first.url, good.url].flatMap((url) => ['--pull-url', url]);
    const finished = await rig.run(['cache', 'pull', STRONG, ...urls]);
    expect(finished).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n` });
    expect(finished.stderr).toContain(`Pulled from ${good.url}`);
    expectSound(rig);
    // What the damaged one had whole is not fetched twice.
    const twice = good.askedObjects.filter((path) => first.askedObjects.includes(path));
    expect(twice).toEqual([objectPath({ id, kind: 'filez' })]);
  });

  it('takes the caches of the project from its configuration', async () => {
    await using rig = createRig();
    await using server = await startFaultyServer(remote.folder);
    const words = ['cache', 'pull', STRONG];
    const without = await rig.run(words);
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toMatch(
      /^slipway: not configured for pulling artifacts\n--pull-url URL names a cache/,
    );
    rig.write('project.conf', `name: project\nartifacts:\n  pull-url: ${server.url}\n`);
    expect(await rig.run(words)).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n` });
  });

  it('says what is wrong with a command line', async () => {
    await using rig = createRig();
    const url = ['--pull-url', 'http://127.0.0.1:9/'];
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [[], 2, 'cache pull: what? Name an artifact'],
      [[STRONG, ...url, '--jobs', '0'], 2, '--jobs: expected a whole number from 1 to 64, found "0"'],
      [[STRONG, ...url, '--retries', 'x'], 2, '--retries: expected a whole number from 0 to 100, found "x"'],
      [['../../etc', ...url], 1, '../../etc'],
      [[STRONG, '--pull-url', 'gopher://x/'], 1, '--pull-url'],
      [[STRONG, ...url, '--retries', '0'], 1, 'ECONNREFUSED'],
    ];
    for (const [words, exitCode, message] of cases) {
      const finished = await rig.run(['cache', 'pull', ...words]);
      expect(finished.exitCode, words.join(' ')).toBe(exitCode);
      expect(finished.stderr).toContain(message);
      expect(finished.stderr).not.toContain('cache list --remote'); // where the address is wrong it finds nothing either
    }
  });
});

/** A server whose answers stop after so many objects; `going`: it answers all again. */
function stopping(
  server: FaultyServer,
  objects: number,
): { readonly reached: Promise<void>; going: () => void } {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  server.fault = (path) => {
    if (!path.startsWith('objects/') || server.askedObjects.length <= objects) return undefined;
    reach();
    return { type: 'silence' };
  };
  return {
    reached,
    going: () => {
      server.fault = undefined;
    },
  };
}

const countFiles = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.filez')).length;

/** How many files are where the next pull finds them. */
const kept = (rig: Rig): number => countFiles(join(ownCache(rig), '.slipway'));

describe('slipway cache pull that ends in the middle', () => {
  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'by %s is gone on with by the next one',
    async (signal) => {
      await using rig = createRig();
      await using server = await startFaultyServer(remote.folder);
      const { reached, going } = stopping(server, 40);
      const words = ['cache', 'pull', STRONG, '--pull-url', server.url];
      const running: Running = rig.start(words);
      await reached;
      await expect.poll(() => kept(rig)).toBeGreaterThanOrEqual(10);
      running.process.kill(signal);
      const ended = await running.finished;
      if (signal !== 'SIGKILL') {
        expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
        expect(ended.stderr).toBe('slipway: interrupted\nThe same command goes on where it was left.\n');
      }
      expectSound(rig);
      expect(ostree(rig, 'refs')).toBe('');
      const left = countFiles(remote.folder) - 1 - kept(rig); // one is of the second artifact alone
      going();
      server.asked.length = 0;
      expect(await rig.run(words)).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n` });
      expect(server.askedObjects.filter((path) => path.endsWith('.filez'))).toHaveLength(left);
      expectSound(rig);
      expect(readdirSync(join(ownCache(rig), 'tmp')).filter((name) => name.startsWith('bst-push-'))).toEqual(
        [],
      );
    },
  );
});

const TLS = resolve(import.meta.dirname, '../support/tls');

async function startHttps(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `https://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('slipway cache pull over https', () => {
  const pair = { key: readFileSync(join(TLS, 'server.key')), cert: readFileSync(join(TLS, 'server.crt')) };
  const environment = { NODE_EXTRA_CA_CERTS: join(TLS, 'server.crt') };

  it('believes an authority that the environment names, and no other', async () => {
    await using rig = createRig();
    await using server = await startHttps(
      createServer(pair, (request, response) => {
        try {
          response.end(readFileSync(join(remote.folder, request.url ?? '')));
        } catch {
          response.writeHead(404).end();
        }
      }),
    );
    const words = ['cache', 'pull', STRONG, '--pull-url', server.url];
    const refused = await rig.run(words);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/self-signed certificate.*NODE_EXTRA_CA_CERTS/s);
    expect(await rig.run(words, { environment })).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n` });
    expectSound(rig);
  });

  it('asks for many objects ahead, over few connections', async () => {
    await using rig = createRig();
    using large = openOstreeRemote();
    const count = 200;
    large.commit(
      STRONG,
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`files/${n}`, noise(500, n)])),
    );
    let connections = 0;
    const server = createServer(pair, (request, response) => {
      try {
        const content = readFileSync(join(large.folder, request.url ?? ''));
        response.writeHead(200, { 'content-length': content.length }).end(content);
      } catch {
        response.writeHead(404).end();
      }
    }).on('secureConnection', () => {
      connections += 1;
    });
    await using served = await startHttps(server);
    const words = ['cache', 'pull', STRONG, '--pull-url', served.url];
    expect(await rig.run(words, { environment })).toMatchObject({ exitCode: 0, stdout: `${STRONG}\n` });
    expect(connections).toBeLessThan(count / 4);
    expectSound(rig);
  });

  it('is not led away to http', async () => {
    await using rig = createRig();
    await using server = await startHttps(
      createServer(pair, (_, response) =>
        response.writeHead(302, { location: 'http://127.0.0.1:9/x' }).end(),
      ),
    );
    const finished = await rig.run(['cache', 'pull', STRONG, '--pull-url', server.url], { environment });
    expect(finished.exitCode).toBe(1);
    expect(finished.stderr).toContain('redirects to http://127.0.0.1:9/x, which is not encrypted');
  });
});
