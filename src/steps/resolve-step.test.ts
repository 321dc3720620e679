import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../kernel/index.ts';
import type { StepSource, StepSpec } from '../pipeline/index.ts';
import {
  DEFAULT_LIMITS,
  type DownloadLimits,
  type ResolvedStepFiles,
  type ResolveStepOptions,
  type StepFailure,
} from './options.ts';
import { resolveStep } from './resolve-step.ts';
import { type Reply, type StepServer, startStepServer, stepArchive } from './testing/step-server.ts';

let root: string;
let server: StepServer;
let other: StepServer;
/** Nothing listens there any more. */
let closed: string;
let notices: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'slipway-steps-'));
  server = await startStepServer();
  other = await startStepServer();
  await using short = await startStepServer();
  closed = short.url;
  notices = [];
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const position = { line: 1, column: 1, offset: 0 };
const FAST = { ...DEFAULT_LIMITS, retryPausesMs: [1, 1, 1] };

function step(source: StepSource, owner = 'acme', name = 'deploy'): StepSpec {
  return {
    id: `${owner}/${name}`,
    owner,
    name,
    source,
    properties: new Map(),
    range: { start: position, end: position },
  };
}

function resolveIt(
  source: StepSource | StepSpec,
  options: Partial<ResolveStepOptions> = {},
): Promise<Result<ResolvedStepFiles, StepFailure>> {
  return resolveStep('kind' in source ? step(source) : source, {
    stepsFolder: join(root, 'steps'),
    currentFolder: root,
    registryUrl: server.url,
    baseUrl: closed,
    allowFolders: true,
    onNotice: (text) => notices.push(text),
    signal: new AbortController().signal,
    limits: FAST,
    ...options,
  });
}

const version = (wanted: string): StepSource => ({ kind: 'registry', version: wanted });

async function resolved(...call: Parameters<typeof resolveIt>): Promise<ResolvedStepFiles> {
  const outcome = await resolveIt(...call);
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

async function failed(...call: Parameters<typeof resolveIt>): Promise<StepFailure> {
  const outcome = await resolveIt(...call);
  if (outcome.ok) throw new Error('it was found');
  return outcome.error;
}

interface Published {
  number?: string;
  archive: Buffer;
  checksum?: string;
  size?: number;
  tarballUrl?: string;
}

/** Has the registry answer a request for `wanted`. */
function publish(wanted: string, { number = '1.2.3', archive, ...facts }: Published): void {
  const { tarballUrl = `${server.url}/files/${number}.tar.gz?signature=geheim`, ...rest } = facts;
  const answer: Reply = { body: { step: { owner: 'acme', version: { number }, tarballUrl, ...rest } } };
  server.answer(`/api/steps/acme/deploy/${wanted}`, answer);
  server.answer(`/files/${number}.tar.gz?signature=geheim`, { body: archive });
}

const FILES = {
  'run.sh': 'echo hi',
  'step.yml': 'name: deploy\nversion: 9.9.9\nproperties:\n  - name: on\n    default: x\n',
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const stepsFolder = (): string[] => readdirSync(join(root, 'steps')).sort();

describe('a step of the registry', () => {
  it('is fetched, checked, kept, and given with its manifest', async () => {
    const archive = await stepArchive(FILES);
    publish('1.2.3', { archive, checksum: sha256(archive), size: archive.length });
    const found = await resolved(version('1.2.3'), { token: 'the-token' });
    expect(found).toMatchObject({ version: '1.2.3', diagnostics: [], manifest: { name: 'deploy' } });
    expect(found.folder).toBe(join(root, 'steps/acme-deploy@1.2.3'));
    expect(readFileSync(join(found.folder, 'run.sh'), 'utf8')).toBe('echo hi');
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer the-token',
      'Bearer the-token',
    ]);
    expect(stepsFolder()).toEqual(['acme-deploy@1.2.3']);
  });

  it('is not asked for again when the version is exact', async () => {
    publish('1.2.3', { archive: await stepArchive(FILES) });
    await resolved(version('1.2.3'));
    server.seen.length = 0;
    await resolved(version('1.2.3'));
    expect(server.seen).toEqual([]);
  });

  it('follows the registry when the version is open, and downloads each version once', async () => {
    publish('*', { archive: await stepArchive(FILES) });
    publish('%5E1.2', { archive: await stepArchive(FILES) });
    await resolved(version('*'));
    await resolved(version('^1.2'));
    publish('*', { number: '2.0.0', archive: await stepArchive({ 'run.sh': 'new' }) });
    expect((await resolved(version('*'))).version).toBe('2.0.0');
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/steps/acme/deploy/*',
      '/files/1.2.3.tar.gz?signature=geheim',
      '/api/steps/acme/deploy/%5E1.2',
      '/api/steps/acme/deploy/*',
      '/files/2.0.0.tar.gz?signature=geheim',
    ]);
  });

  it('is the newest kept one that fits when the registry cannot be reached', async () => {
    for (const number of ['1.2.3', '1.10.0', '2.0.0']) {
      publish(number, { number, archive: await stepArchive(FILES) });
      await resolved(version(number));
    }
    server.answer('/api/steps/acme/deploy/%5E1.2', { status: 503 });
    expect((await resolved(version('^1.2'))).version).toBe('1.10.0');
    expect(notices.at(-1)).toMatch(/^acme\/deploy: .* answered 503; using version 1\.10\.0, which is kept/);
    const gone = { registryUrl: closed };
    expect((await resolved(version('*'), gone)).version).toBe('2.0.0');
    expect(await failed(version('>=3'), gone)).toMatchObject({ code: 'unreachable' });
  });

  it('says so when the registry cannot be reached and nothing is kept', async () => {
    const failure = await failed(version('*'), { registryUrl: closed });
    expect(failure).toMatchObject({ code: 'unreachable' });
    expect(failure.message).toMatch(/^error fetching step deploy: .*ECONNREFUSED/);
    expect(failure.hint).toMatch(/no version of acme\/deploy is kept/);
    expect(notices).toEqual([]);
  });

  it('is asked for again after errors of the server and lost connections', async () => {
    const archive = await stepArchive(FILES);
    publish('*', { archive });
    const good: Reply = { body: { step: { version: { number: '1.2.3' }, tarballUrl: '/archive' } } };
    server.answer('/api/steps/acme/deploy/*', { status: 500 }, { fault: 'reset' }, { status: 502 }, good);
    server.answer('/archive', { status: 503 }, { body: archive, fault: 'truncate' }, { body: archive });
    expect((await resolved(version('*'))).version).toBe('1.2.3');
    expect(notices.filter((text) => text.startsWith('Retrying step url'))).toHaveLength(5);
    expect(stepsFolder()).toEqual(['acme-deploy@1.2.3']);
  });

  it('is given up after four tries', async () => {
    server.answer('/api/steps/acme/deploy/*', { status: 500 });
    expect(await failed(version('*'))).toMatchObject({ code: 'unreachable' });
    expect(server.seen).toHaveLength(4);
  });

  it('is asked for once when the registry does not have it', async () => {
    const failure = await failed(version('^7'));
    expect(server.seen).toHaveLength(1);
    expect(failure.code).toBe('not-found');
    expect(failure.message).toContain(
      `The step "acme/deploy" was not found: the registry ${server.url}/ answered 404`,
    );
    expect(failure.hint).toContain('the version ^7');
  });

  it.each([401, 403])('names the credentials when the registry answers %d', async (status) => {
    server.answer('/api/steps/acme/deploy/*', { status });
    expect(await failed(version('*'))).toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('give a token'),
    });
    const failure = await failed(version('*'), { token: 'the-token' });
    expect(failure.hint).toContain('may be wrong');
    expect(JSON.stringify(failure)).not.toContain('the-token');
  });

  it('names the version that is kept when the registry does not have it any more', async () => {
    publish('*', { archive: await stepArchive(FILES) });
    await resolved(version('*'));
    server.answer('/api/steps/acme/deploy/*', { status: 404 });
    const failure = await failed(version('*'));
    expect(failure).toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('acme/deploy@1.2.3 is kept'),
    });
  });

  it.each([
    ['checksum', { checksum: 'ab'.repeat(32) }],
    ['size', { size: 5 }],
  ])('is refused when its %s is another one', async (_, facts) => {
    publish('*', { archive: await stepArchive(FILES), ...facts });
    const failure = await failed(version('*'));
    expect(failure).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('the registry promises'),
    });
    expect(JSON.stringify(failure)).not.toContain('geheim');
    expect(stepsFolder()).toEqual([]);
  });

  it.each<[string, Parameters<typeof stepArchive>[1]]>([
    ['goes up', [{ type: 'file', name: '../x', content: '' }]],
    ['is absolute', [{ type: 'file', name: '/x', content: '' }]],
    ['links out', [{ type: 'link', name: 'x', target: '../../y' }]],
  ])('is refused when a path in it %s', async (_, more) => {
    publish('*', { archive: await stepArchive(FILES, more) });
    expect(await failed(version('*'))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('not safe'),
    });
    expect(readdirSync(root)).toEqual(['steps']);
    expect(stepsFolder()).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['no gzip file', { body: 'hello' }],
    ['too large', { body: Buffer.alloc(3000) }],
    ['too large unpacked', { body: Buffer.alloc(0) }],
  ])('is refused when it is %s', async (what, reply) => {
    publish('*', { archive: await stepArchive({ big: 'x'.repeat(20_000) }) });
    if (what !== 'too large unpacked') server.answer('/files/1.2.3.tar.gz?signature=geheim', reply);
    const limits = { ...FAST, archiveBytes: 2000, unpackedBytes: 10_000 };
    expect(await failed(version('*'), { limits })).toMatchObject({ code: 'invalid' });
    expect(stepsFolder()).toEqual([]);
  });

  it.each(['no json', '{"step":{}}', '[]', '{"step":{"tarballUrl":"ftp://x/y"}}', 'x'.repeat(2_000_000)])(
    'is refused when the registry describes it with %.20s',
    async (body) => {
      server.answer('/api/steps/acme/deploy/*', { body });
      expect(await failed(version('*'))).toMatchObject({ code: 'invalid' });
    },
  );

  it('is refused when the registry answers with another version than the exact one', async () => {
    publish('1.2.4', { number: '1.2.3', archive: await stepArchive(FILES) });
    expect((await failed(version('1.2.4'))).message).toContain('answered with version 1.2.3 where 1.2.4');
  });

  it('does not wait for a server that is silent or stalls', async () => {
    const limits = { ...FAST, retryPausesMs: [] };
    const message = async (limit: Partial<DownloadLimits>): Promise<string> =>
      (await failed(version('*'), { limits: { ...limits, ...limit } })).message;
    server.answer('/api/steps/acme/deploy/*', { fault: 'silence' });
    expect(await message({ answerMs: 20 })).toContain('no answer within 0.02 s');
    publish('*', { archive: await stepArchive(FILES) });
    server.answer('/files/1.2.3.tar.gz?signature=geheim', { body: await stepArchive(FILES), fault: 'stall' });
    expect(await message({ stallMs: 20 })).toContain('nothing came for 0.02 s');
    expect(await message({ downloadMs: 30 })).toContain('it took longer than 0.03 s');
  });

  it('stops when the signal says so, and leaves nothing', async () => {
    const controller = new AbortController();
    publish('*', { archive: await stepArchive(FILES) });
    server.answer('/files/1.2.3.tar.gz?signature=geheim', () => {
      controller.abort();
      return { fault: 'silence' };
    });
    await expect(resolveIt(version('*'), { signal: controller.signal })).rejects.toMatchObject({
      name: 'StepError',
      code: 'ABORTED',
    });
    expect(stepsFolder()).toEqual([]);
  });

  it('can be resolved by many at the same time', async () => {
    publish('*', { archive: await stepArchive(FILES) });
    const all = await Promise.all(Array.from({ length: 8 }, () => resolved(version('*'))));
    expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
    expect(stepsFolder()).toEqual(['acme-deploy@1.2.3']);
  });

  it('does not share its place with a step of another owner', async () => {
    for (const path of ['a-b/c', 'a/b-c']) {
      server.answer(`/api/steps/${path}/1.0.0`, {
        body: { step: { version: { number: '1.0.0' }, tarballUrl: `/${path}` } },
      });
      server.answer(`/${path}`, { body: await stepArchive({ 'run.sh': path }) });
    }
    const found = [
      await resolved(step(version('1.0.0'), 'a-b', 'c')),
      await resolved(step(version('1.0.0'), 'a', 'b-c')),
    ];
    expect(found.map(({ folder }) => readFileSync(join(folder, 'run.sh'), 'utf8'))).toEqual([
      'a-b/c',
      'a/b-c',
    ]);
  });

  it('keeps the token from every other origin', async () => {
    const archive = await stepArchive(FILES);
    publish('*', { archive, tarballUrl: `${other.url}/a` });
    other.answer('/a', { status: 302, headers: { location: `${server.url}/b` } });
    server.answer('/b', { status: 307, headers: { location: `${other.url}/c` } });
    other.answer('/c', { body: archive });
    await resolved(version('*'), { token: 'the-token' });
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer the-token',
      'Bearer the-token',
    ]);
  });

  it('cannot be kept where the folder of steps is a file', async () => {
    publish('*', { archive: await stepArchive(FILES) });
    writeFileSync(join(root, 'steps'), '');
    await expect(resolveIt(version('*'))).rejects.toMatchObject({ name: 'StepError', code: 'CACHE' });
  });

  it('warns when it has no run.sh', async () => {
    publish('*', { archive: await stepArchive({ 'README.md': '' }) });
    const { diagnostics } = await resolved(version('*'));
    expect(diagnostics).toMatchObject([
      { severity: 'warning', code: 'no-run-script', file: 'acme/deploy@1.2.3' },
    ]);
  });
});

describe('the interface of before', () => {
  const old = { registryUrl: '', token: 'the-token' };

  it('is asked when there is no registry, without the token', async () => {
    server.answer('/api/v2/steps/acme/deploy/%2A', {
      body: { tarballUrl: '/x', version: '0.1.0', description: '' },
    });
    server.answer('/x', { body: await stepArchive(FILES) });
    expect((await resolved(version('*'), { ...old, baseUrl: `${server.url}/` })).version).toBe('0.1.0');
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('does not have every step', async () => {
    expect((await failed(version('*'), { ...old, baseUrl: server.url })).message).toContain(
      'error fetching step deploy: The step "acme/deploy" was not found',
    );
    expect(await failed(version('*'), { ...old, baseUrl: 'nonsense' })).toMatchObject({ code: 'invalid' });
  });
});

describe('a step at an address', () => {
  const at = (path: string): StepSource => ({ kind: 'tarball', url: `${server.url}${path}` });

  it('is fetched again only when it has changed', async () => {
    const archive = await stepArchive(FILES);
    server.answer('/s.tgz', ({ headers }) =>
      headers['if-none-match'] === '"1"' ? { status: 304 } : { body: archive, headers: { etag: '"1"' } },
    );
    const first = await resolved(at('/s.tgz'));
    expect(await resolved(at('/s.tgz'))).toEqual(first);
    expect(first.version).toBe('9.9.9');
    server.answer('/s.tgz', {
      body: await stepArchive({ 'run.sh': 'new' }),
      headers: { 'last-modified': 'yesterday' },
    });
    const second = await resolved(at('/s.tgz'));
    expect(readFileSync(join(second.folder, 'run.sh'), 'utf8')).toBe('new');
    expect(readFileSync(join(first.folder, 'run.sh'), 'utf8')).toBe('echo hi');
    await resolved(at('/s.tgz'));
    expect(server.seen.at(-1)?.headers['if-modified-since']).toBe('yesterday');
  });

  it('is the kept one, with a notice, when the server cannot be reached', async () => {
    server.answer('/s.tgz?key=geheim', { body: await stepArchive(FILES) }, { status: 500 });
    const first = await resolved(at('/s.tgz?key=geheim'));
    expect(await resolved(at('/s.tgz?key=geheim'))).toEqual(first);
    expect(notices.at(-1)).toMatch(/using the copy kept/);
    expect(notices.join()).not.toContain('geheim');
    expect(stepsFolder().join()).not.toContain('geheim');
  });

  it('is not found', async () => {
    const failure = await failed(at('/s.tgz?key=geheim'));
    expect(failure).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`${server.url}/s.tgz answered 404`),
    });
    expect(JSON.stringify(failure)).not.toContain('geheim');
  });

  it('loses the first part of its paths only where git made the archive', async () => {
    server.answer('/s.tgz', { body: await stepArchive({ 'deploy-1/run.sh': 'x' }) });
    const { folder, diagnostics } = await resolved(at('/s.tgz'));
    expect(readdirSync(folder)).toEqual(['deploy-1']);
    expect(diagnostics).toMatchObject([{ code: 'no-run-script' }]);
  });

  it('gets the password of its address, and other servers do not', async () => {
    const archive = await stepArchive(FILES);
    server.answer('/s.tgz', { status: 302, headers: { location: '/t.tgz' } });
    server.answer('/t.tgz', { status: 302, headers: { location: `${other.url}/u.tgz` } });
    other.answer('/u.tgz', { body: archive });
    await resolved({ kind: 'tarball', url: `${server.url}/s.tgz`.replace('://', '://me:p%40ss@') });
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('is not followed in circles, nor to what is no web address', async () => {
    server.answer('/s.tgz', { status: 302, headers: { location: '/s.tgz' } });
    expect((await failed(at('/s.tgz'))).message).toContain('redirects more than 5 times');
    expect(server.seen).toHaveLength(6);
    server.answer('/s.tgz', { status: 302, headers: { location: 'file:///etc/passwd' } });
    expect((await failed(at('/s.tgz'))).message).toContain('no web address');
    expect(await failed({ kind: 'tarball', url: 'nonsense' })).toMatchObject({ code: 'invalid' });
  });

  it('keeps links that stay inside', async () => {
    server.answer('/s.tgz', {
      body: await stepArchive(FILES, [{ type: 'link', name: 'bin/go', target: '../run.sh' }]),
    });
    const { folder } = await resolved(at('/s.tgz'));
    expect(readFileSync(join(folder, 'bin/go'), 'utf8')).toBe('echo hi');
  });
});

describe('a step in a folder', () => {
  const folder = (path: string): StepSource => ({ kind: 'folder', path });

  beforeEach(() => {
    mkdirSync(join(root, 'my-step'));
    writeFileSync(join(root, 'my-step/run.sh'), '');
  });

  it('is used where it is', async () => {
    writeFileSync(
      join(root, 'my-step/wercker-step.yml'),
      'name: mine\nversion: 1.0.0\nproperties:\n  a: {default: b}\n',
    );
    symlinkSync('my-step', join(root, 'link'));
    for (const path of ['my-step', './my-step', join(root, 'my-step'), 'link']) {
      expect(await resolved(folder(path))).toMatchObject({
        version: '1.0.0',
        manifest: { name: 'mine' },
        diagnostics: [],
      });
    }
    expect(readdirSync(root).sort()).toEqual(['link', 'my-step']);
  });

  it('prefers step.yml', async () => {
    writeFileSync(join(root, 'my-step/wercker-step.yml'), 'name: old\n');
    writeFileSync(join(root, 'my-step/step.yml'), 'name: new\n');
    expect((await resolved(folder('my-step'))).manifest?.name).toBe('new');
  });

  it('warns of a manifest that cannot be read, and runs without', async () => {
    writeFileSync(join(root, 'my-step/step.yml'), 'name: [\n');
    const { manifest, diagnostics } = await resolved(folder('my-step'));
    expect(manifest).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ severity: 'warning', file: 'my-step/step.yml' });
    writeFileSync(join(root, 'my-step/step.yml'), `# ${'x'.repeat(2_000_000)}`);
    expect((await resolved(folder('my-step'))).diagnostics[0]?.message).toContain('larger than');
  });

  it('is not there, but one with nearly the same name is', async () => {
    const failure = await failed(folder('my-stepp'));
    expect(failure).toMatchObject({ code: 'not-found', hint: 'did you mean "my-step"?' });
    expect(failure.message).toContain(join(root, 'my-stepp'));
    expect((await failed(folder('my-step/run.sh'))).message).toContain('is not a folder');
    expect((await failed(folder('/nowhere/at/all'))).hint).toContain('current folder');
  });

  it('is refused where folders are not allowed', async () => {
    const failure = await failed(folder('my-step'), { allowFolders: false });
    expect(failure.message).toBe(
      'Dev mode is not enabled so refusing to copy local file urls: file://my-step',
    );
  });
});
