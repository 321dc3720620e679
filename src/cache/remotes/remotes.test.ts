import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheError } from '../error.ts';
import type { CacheGroup } from './cache-group.ts';
import { type RemotesInput, readRemotes } from './read-remotes.ts';
import { remotesOf } from './remotes-of.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-remotes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const user = (text: string): void => write('home/.config/buildstream.conf', text);
const project = (text: string): void => write('project/project.conf', text);

const read = (more: Partial<RemotesInput> = {}) =>
  readRemotes({
    environment: { HOME: join(folder, 'home') },
    projectFolder: join(folder, 'project'),
    ...more,
  });

const names = async (more?: Partial<RemotesInput>): Promise<string[]> =>
  (await read(more)).caches.map(({ name }) => name);

async function refusal(): Promise<CacheError> {
  const error = await read().catch((thrown: unknown) => thrown);
  if (!(error instanceof CacheError)) throw new Error('nothing was refused');
  expect(error.code).toBe('INVALID_CONFIGURATION');
  return error;
}

const own = (...caches: NonNullable<CacheGroup['caches']>): { own: CacheGroup } => ({
  own: { origin: 'config.yaml:1', caches },
});

describe('the first form of the configuration', () => {
  it('gives one cache with its two directions', async () => {
    user(
      'artifacts:\n  pull-url: https://a.example/x\n  push-url: artifacts@a.example:x\n  push-port: 2222\n',
    );
    expect((await read()).caches).toEqual([
      {
        name: 'https://a.example/x',
        pullUrl: 'https://a.example/x',
        push: { type: 'ssh', user: 'artifacts', host: 'a.example', port: 2222, path: 'x' },
      },
    ]);
  });

  it('takes one direction alone', async () => {
    user('artifacts: {push-url: "a@h:x"}');
    expect((await read()).caches).toEqual([
      { name: 'a@h:x', push: { type: 'ssh', user: 'a', host: 'h', path: 'x' } },
    ]);
  });

  it('takes a folder of this machine for both', async () => {
    user('artifacts: {pull-url: /srv/a, push-url: /srv/a}');
    const { caches } = await read();
    expect(caches).toEqual([
      { name: '/srv/a', pullUrl: '/srv/a', push: { type: 'folder', folder: '/srv/a' } },
    ]);
  });

  it('replaces all three of the levels below, not one by one', async () => {
    user('artifacts: {pull-url: "https://u.example", push-url: "a@u.example:x"}');
    project('name: p\nartifacts: {pull-url: "https://p.example"}\n');
    expect((await read()).caches).toEqual([{ name: 'https://p.example', pullUrl: 'https://p.example' }]);
  });

  it('counts for one project before its own file, and not for others', async () => {
    user(
      'projects: {p: {artifacts: {pull-url: "https://o.example"}}}\nartifacts: {pull-url: "https://u.example"}',
    );
    project('name: p\nartifacts: {pull-url: "https://p.example"}\n');
    expect(await names()).toEqual(['https://o.example']);
    project('name: q\n');
    expect(await names()).toEqual(['https://u.example']);
  });

  it('replaces nothing with a port alone', async () => {
    user('artifacts: {pull-url: "https://u.example"}');
    project('name: p\nartifacts: {push-port: 22}\n');
    expect(await names()).toEqual(['https://u.example']);
  });
});

describe('the later form of the configuration', () => {
  it('pushes to a single ssh address, whose pull address is asked for', async () => {
    user('artifacts: {url: "ssh://a@h:2222/x"}');
    const target = { type: 'ssh', user: 'a', host: 'h', port: 2222, path: '/x' };
    expect((await read()).caches).toEqual([{ name: 'a@h:/x (port 2222)', ask: target, push: target }]);
  });

  it('pushes to an address of a list only where it says so', async () => {
    user(
      'artifacts:\n- url: ssh://a@h/x\n- url: ssh://a@i/x\n  push: True\n- url: file:///srv/a\n  push: true\n',
    );
    const { caches } = await read();
    expect(caches.map(({ push }) => push !== undefined)).toEqual([false, true, true]);
    expect(caches[2]?.pullUrl).toBe('/srv/a');
  });

  it('joins all levels in their order, each address once', async () => {
    user(
      'projects: {p: {artifacts: {url: "https://1"}}}\nartifacts: [{url: "https://4"}, {url: "https://2"}]',
    );
    project('name: p\nartifacts: [{url: "https://2"}, {url: "https://1"}]\n');
    expect(await names(own({ url: 'https://3' }))).toEqual([
      'https://1',
      'https://2',
      'https://3',
      'https://4',
    ]);
  });

  it('pushes to an address that only a later level pushes to', async () => {
    user('artifacts: [{url: "ssh://a@h/x", push: true}]');
    project('name: p\nartifacts: [{url: "ssh://a@h/x"}, {url: "https://2"}]\n');
    const { caches } = await read();
    expect(caches.map(({ push }) => push !== undefined)).toEqual([true, false]);
  });

  it('comes before a level of the first form, which hides what is below', async () => {
    user('artifacts: [{url: "https://3"}]');
    project('name: p\nartifacts: [{url: "https://1"}]\n');
    const first = { own: { origin: 'config.yaml:1', pullUrl: 'https://2' } };
    expect(await names(first)).toEqual(['https://1', 'https://2']);
  });

  it('leaves the gRPC caches of BuildStream 1.2 out and says so', async () => {
    project(
      'name: p\nartifacts:\n- url: https://g.example:11001\n  server-cert: s.crt\n- url: https://h.example\n  push: true\n- url: https://ok.example\n',
    );
    const { caches, warnings } = await read();
    expect(caches.map(({ name }) => name)).toEqual(['https://ok.example']);
    expect(warnings).toEqual([
      expect.stringMatching(/project\.conf:3:3: https:\/\/g\.example:11001 is a gRPC cache/),
      expect.stringMatching(/project\.conf:5:3: https:\/\/h\.example is a gRPC cache/),
    ]);
  });
});

describe('files of BuildStream', () => {
  it('may be absent, empty, or say nothing of caches', async () => {
    expect(await read()).toEqual({ caches: [], warnings: [] });
    user('');
    project('name: p\nplugins: [{origin: local}]\n(@): [x.yml]\nelement-path: elements\n');
    expect(await read()).toEqual({ caches: [], warnings: [] });
  });

  it('are looked for in XDG_CONFIG_HOME, where that is absolute', async () => {
    write('xdg/buildstream.conf', 'artifacts: {url: "https://x"}');
    expect(await names({ environment: { XDG_CONFIG_HOME: join(folder, 'xdg') } })).toEqual(['https://x']);
    const environment = { XDG_CONFIG_HOME: 'xdg', HOME: join(folder, 'home') };
    expect(await names({ environment })).toEqual([]);
  });

  it('have every mistake in what they say of caches shown with its place', async () => {
    project('name: p\nartifacts:\n  pull-uri: https://x\n  push-port: many\n');
    const { message } = await refusal();
    expect(message).toMatch(/project\.conf:3:3: error: there is no key "pull-uri" in artifacts/);
    expect(message).toMatch(/project\.conf:4:14: error: push-port: expected a port/);
  });

  it.each([
    ['artifacts: {url: "https://x", pull-url: "https://y"}', /:1:13: error: "url" does not go with/],
    ['artifacts: text', /:1:12: error: artifacts: expected a map/],
    ['artifacts: [text]', /:1:13: error: artifacts: expected text|:1:13: error/],
    ['artifacts: {push: true}', /error: a cache needs the key "url"/],
    ['artifacts: [{url: "https://x", type: index}]', /:1:32: error: there is no key "type"/],
    ['artifacts: {pull-url: [1]}', /:1:23: error: pull-url: expected an address/],
    ['artifacts: {push-port: 70000, push-url: "a@h:x"}', /push-port: expected a port/],
    ['artifacts: {pull-url: relative/path}', /conf:1:12: pull address "relative\/path"/],
    ['artifacts: {pull-url: "ftp://x"}', /nothing is pulled over ftp/],
    ['artifacts: {pull-url: "https://x/?token=1"}', /a query or fragment has no meaning/],
    ['artifacts: {push-url: "https://x"}', /artifacts are pushed over ssh/],
    ['artifacts: {url: "ssh://-oProxyCommand=x/y"}', /is no host name/],
    ['artifacts: {url: ', /this is no YAML/],
  ])('refuse %s', async (text, expected) => {
    user(text);
    const { message } = await refusal();
    expect(message.length).toBeLessThan(2000);
    expect(message).toMatch(expected);
  });

  it.each([
    ['ftp://h/x', /address "ftp:\/\/h\/x": there are no caches over ftp$/],
    ['nonsense', /address "nonsense": it is no address of a cache$/],
  ])('does not call %s an address to push to where it is none to pull from', async (url, message) => {
    await expect(read(own({ url }))).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('http(s)://'),
    });
  });

  it('refuses lists in lists without end', async () => {
    user(`artifacts: ${'['.repeat(100_000)}`);
    expect((await refusal()).message).toMatch(/nested too deep|this is no YAML/);
  });

  it('refuses what would keep a parser busy for minutes', async () => {
    project('? '.repeat(100_000));
    expect((await refusal()).message).toMatch(/more anchors, tags and "\?" than any configuration needs$/);
  });

  it('never have their passwords shown', async () => {
    for (const text of [
      'artifacts: {pull-url: "ftp://me:hunter2@x"}',
      'artifacts: {pull-url: "https://me:hunter2@x/?q=hunter2"}',
      'artifacts: {url: "ssh://me:hunter2@x/y"}',
      'artifacts: {push-url: "me:hunter2@x:y"}',
      'artifacts: {url: "https://me:hunter2@x", bad: "hunter2"}',
      'artifacts: {pull-url: ["https://me:hunter2@x"]}',
    ]) {
      user(text);
      const { message, hint } = await refusal();
      expect(`${message} ${hint}`).not.toContain('hunter2');
    }
  });

  it('refuses what is no file, and what is too large', async () => {
    mkdirSync(join(folder, 'project/project.conf'), { recursive: true });
    expect((await refusal()).message).toMatch(/project\.conf: this is no file/);
    rmSync(join(folder, 'project/project.conf'), { recursive: true });
    project(`# ${'x'.repeat(1024 ** 2)}`);
    expect((await refusal()).message).toMatch(/the limit is 1048576/);
  });
});

describe('remotesOf', () => {
  it('keeps credentials for the pull and out of the name', () => {
    const { caches } = remotesOf([{ origin: '--pull-url', pullUrl: 'https://me:pw@x.example/a' }]);
    expect(caches).toEqual([{ name: 'https://x.example/a', pullUrl: 'https://me:pw@x.example/a' }]);
  });

  // All of them are addresses to whoever reads URLs, with as few slashes as there are.
  it.each([
    'https:/me:hunter2@x.example/a',
    'https:///me:hunter2@x.example/a',
    'https:me:hunter2@x.example/a',
  ])('keeps them out of the name of %s as well', (pullUrl) => {
    expect(remotesOf([{ origin: '--pull-url', pullUrl }]).caches).toEqual([
      { name: 'https://x.example/a', pullUrl },
    ]);
  });

  it('keeps them out of what it says of an address that cannot be read', () => {
    const refused = () => remotesOf([{ origin: '--pull-url', pullUrl: 'https://me:hun/ter2@x.example/a' }]);
    expect(refused).toThrow(/^--pull-url: pull address "https:\/\/x\.example\/a": it is neither/);
  });
});
