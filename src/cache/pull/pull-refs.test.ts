import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { objectPath } from '../ostree/index.ts';
import type { Repository } from '../repository/repository.ts';
import { expectSound, makeRepository, ostree } from '../repository/testing/repository-folder.ts';
import { type PullResult, pullRefs } from './pull-refs.ts';
import { openPullSource, type PullSourceOptions } from './pull-source.ts';
import { type Fault, type FaultyServer, startFaultyServer } from './testing/faulty-server.ts';
import {
  copyOf,
  keyOf,
  noise,
  type OstreeRemote,
  openOstreeRemote,
  patient,
  STRONG,
  setAttribute,
  TREE,
  WEAK,
} from './testing/pull-rig.ts';

interface Rig {
  readonly remote: OstreeRemote;
  readonly server: FaultyServer;
  readonly repository: Repository;
  /** Of `STRONG`. */
  readonly commit: string;
}

let made: OstreeRemote;
let commit: string;

beforeAll(() => {
  made = openOstreeRemote();
  commit = made.commit(STRONG, TREE);
});
afterAll(() => made[Symbol.dispose]());

async function openRig(): Promise<Rig> {
  const remote = copyOf(made);
  onTestFinished(() => remote[Symbol.dispose]());
  const server = await startFaultyServer(remote.folder);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { remote, server, commit, repository: await makeRepository() };
}

async function pull(
  { repository, server }: Pick<Rig, 'repository' | 'server'>,
  refs: readonly string[] = [STRONG],
  options: Partial<PullSourceOptions> = {},
): Promise<PullResult> {
  using source = openPullSource(server.url, patient(options));
  return await pullRefs(repository, refs, source);
}

/** Why a ref could not be had. */
async function failure(rig: Rig, ref = STRONG, options: Partial<PullSourceOptions> = {}) {
  const { outcomes } = await pull(rig, [ref], options);
  const [outcome] = outcomes;
  if (outcome?.type !== 'failed') throw new Error(`expected a failure, found ${JSON.stringify(outcome)}`);
  expect(await rig.repository.readRef(ref)).toBeUndefined();
  expectSound(rig.repository.folder);
  return { code: outcome.error.code, message: outcome.error.message, hint: outcome.error.hint };
}

const contentOf = (repository: Repository, ref: string, path: string): string =>
  ostree(repository.folder, 'cat', ref, path);

/** The path of a file object of the artifact. */
function fileObject({ remote }: Rig, path: string): string {
  const [, id = ''] = /\s([0-9a-f]{64})\s+\//.exec(remote.ostree('ls', '-C', STRONG, path)) ?? [];
  return objectPath({ id, kind: 'filez' });
}

describe('a pull from any web server', () => {
  it('brings an artifact of the original, which that finds whole, and asks for each object once', async () => {
    const rig = await openRig();
    const { outcomes, byOtherKey, fetchedObjects } = await pull(rig);
    expect(outcomes).toEqual([{ type: 'pulled', ref: STRONG, commit: rig.commit }]);
    expect(byOtherKey).toEqual([{ ref: WEAK, commit: rig.commit }]);
    expectSound(rig.repository.folder);
    expect(contentOf(rig.repository, WEAK, '/files/share/doc/readme.txt')).toBe(
      TREE['files/share/doc/readme.txt'],
    );
    expect(contentOf(rig.repository, STRONG, '/files/lib/deep/er/and/deeper/file')).toBe('at the bottom');
    const { asked, askedObjects } = rig.server;
    expect(new Set(askedObjects).size).toBe(askedObjects.length);
    expect(askedObjects.length).toBe(fetchedObjects);
    expect(asked.filter((path) => !path.startsWith('objects/'))).toEqual([`refs/heads/${STRONG}`]);
  });

  it('uses few connections again and again, and no more than it was told', async () => {
    const rig = await openRig();
    await pull(rig, [STRONG], { connections: 3 });
    expect(rig.server.mostAtOnce).toBeLessThanOrEqual(3);
    expect(rig.server.connections).toBeLessThanOrEqual(6);
  });

  it('asks for no object of what is here, also where another ref names it', async () => {
    const rig = await openRig();
    const other = `project/element/${keyOf('c')}`;
    rig.remote.ostree('refs', `--create=${other}`, STRONG);
    await pull(rig);
    rig.server.asked.length = 0;
    const { outcomes } = await pull(rig, [STRONG, other]);
    expect(outcomes.map(({ type }) => type)).toEqual(['present', 'pulled']);
    expect(rig.server.askedObjects).toEqual([]);
    expect(await rig.repository.readRef(other)).toBe(rig.commit);
  });

  it('brings several artifacts at once, each object once, and says of each what became of it', async () => {
    const rig = await openRig();
    const second = `project/second/${keyOf('1')}`;
    const alias = `project/second/${keyOf('2')}`;
    rig.remote.commit(second, { ...TREE, 'files/own': 'other' });
    rig.remote.ostree('refs', `--create=${alias}`, second);
    const absent = `project/absent/${keyOf('9')}`;
    const { outcomes } = await pull(rig, [STRONG, second, absent, alias]);
    expect(outcomes.map(({ type }) => type)).toEqual(['pulled', 'pulled', 'absent', 'pulled']);
    expect(new Set(rig.server.askedObjects).size).toBe(rig.server.askedObjects.length);
    expectSound(rig.repository.folder);
  });

  it('brings the others where one cannot be had', async () => {
    const rig = await openRig();
    const second = `project/second/${keyOf('1')}`;
    rig.remote.commit(second, { ...TREE, 'files/own': noise(1000, 7) });
    const own = fileObject({ ...rig, remote: { ...rig.remote } }, '/files/bin/tool');
    const damaged = rig.remote.commit(`project/third/${keyOf('3')}`, { 'files/only': noise(1000, 9) });
    const bad = objectPath({ id: damaged, kind: 'commit' });
    rig.server.fault = (path) => (path === bad ? { type: 'body', body: 'damaged' } : undefined);
    const { outcomes } = await pull(rig, [`project/third/${keyOf('3')}`, second, STRONG]);
    expect(outcomes.map(({ type }) => type)).toEqual(['failed', 'pulled', 'pulled']);
    expect(rig.server.askedObjects).toContain(own);
    expectSound(rig.repository.folder);
  });

  it('moves a ref that names another commit there by now', async () => {
    const rig = await openRig();
    await pull(rig);
    const commit = rig.remote.commit(STRONG, { ...TREE, 'files/new': 'newer' });
    const { outcomes, fetchedObjects } = await pull(rig);
    expect(outcomes).toEqual([{ type: 'pulled', ref: STRONG, commit }]);
    expect(fetchedObjects).toBe(4); // the commit, two directories, one file
    expect(contentOf(rig.repository, WEAK, '/files/new')).toBe('newer');
    expectSound(rig.repository.folder);
  });

  it('lets no artifact take the place of another by calling its key its own weak one', async () => {
    const rig = await openRig();
    await pull(rig);
    const liar = `project/element/${keyOf('c')}`;
    const yaml = `keys: {strong: ${keyOf('c')}, weak: ${keyOf('a')}}\n`;
    rig.remote.commit(liar, { 'files/x': 'bad', 'meta/artifact.yaml': yaml });
    expect(await pull(rig, [liar])).toMatchObject({ outcomes: [{ type: 'pulled' }], byOtherKey: [] });
    expect(await rig.repository.readRef(STRONG)).toBe(rig.commit);
  });

  it('gives a build of Slipway no second name, whatever is in it', async () => {
    const rig = await openRig();
    const ref = `slipway.build/app/build/${keyOf('a')}`;
    rig.remote.commit(ref, TREE);
    expect(await pull(rig, [ref])).toMatchObject({ outcomes: [{ type: 'pulled' }], byOtherKey: [] });
    expect(await rig.repository.readRef(`slipway.build/app/build/${keyOf('b')}`)).toBeUndefined();
  });

  it('goes on where a pull before it broke off', async () => {
    const rig = await openRig();
    const tool = fileObject(rig, '/files/bin/tool');
    rig.server.fault = (path) => (path === tool ? { type: 'status', status: 503 } : undefined);
    await failure(rig);
    rig.server.fault = undefined;
    rig.server.asked.length = 0;
    await pull(rig);
    expect(rig.server.askedObjects).toContain(tool);
    expect(rig.server.askedObjects.length).toBeLessThan(8);
    expectSound(rig.repository.folder);
  });

  it('reads a repository with attributes and static deltas in it, and one without a summary', async () => {
    const rig = await openRig();
    const commit = rig.remote.commit(WEAK, TREE, (root) =>
      setAttribute(join(root, 'files/bin'), 'user.x', 'y'),
    );
    rig.remote.ostree('static-delta', 'generate', '--empty', `--to=${commit}`);
    rig.remote.ostree('summary', '-u');
    expect((await pull(rig, [WEAK])).outcomes[0]?.type).toBe('pulled');
    expect(ostree(rig.repository.folder, 'ls', '-X', WEAK, '/files')).toContain("b'user.x'");
    rmSync(join(rig.remote.folder, 'summary'));
    expect((await pull(rig)).outcomes[0]?.type).toBe('pulled');
    expectSound(rig.repository.folder);
  });

  it('ends at once when it is told to, and leaves nothing that is not whole', async () => {
    const rig = await openRig();
    const stopping = new AbortController();
    const tool = fileObject(rig, '/files/bin/tool');
    rig.server.fault = (path) => {
      if (path !== tool) return undefined;
      stopping.abort(new Error('enough'));
      return { type: 'stall' };
    };
    await expect(pull(rig, [STRONG], { signal: stopping.signal })).rejects.toThrow('enough');
    expect(await rig.repository.readRef(STRONG)).toBeUndefined();
    expectSound(rig.repository.folder);
  });
});

describe('a ref', () => {
  it('that only the summary lists is found there', async () => {
    const rig = await openRig();
    rmSync(join(rig.remote.folder, 'refs/heads', STRONG));
    expect((await pull(rig)).outcomes[0]).toEqual({ type: 'pulled', ref: STRONG, commit: rig.commit });
    expect(rig.server.asked.slice(0, 2)).toEqual([`refs/heads/${STRONG}`, 'summary']);
  });

  it('that a stale summary does not list is found all the same', async () => {
    const rig = await openRig();
    const before = readFileSync(join(rig.remote.folder, 'summary'));
    const later = `project/later/${keyOf('5')}`;
    rig.remote.commit(later, { 'files/x': 'x' });
    writeFileSync(join(rig.remote.folder, 'summary'), before);
    expect((await pull(rig, [later])).outcomes[0]?.type).toBe('pulled');
  });

  it.each([404, 403, 410])('that is answered by %d is absent, in the summary as well', async (status) => {
    const rig = await openRig();
    rig.server.fault = (path) =>
      path.startsWith('objects/') || path === 'config' ? undefined : { type: 'status', status };
    expect((await pull(rig)).outcomes).toEqual([{ type: 'absent', ref: STRONG }]);
  });

  it('that is a page is an error, which says so', async () => {
    const rig = await openRig();
    const page: Fault = { type: 'body', body: '<!DOCTYPE html>\u001b[31m<p>Welcome' };
    rig.server.fault = () => page;
    const { code, message, hint } = await failure(rig);
    expect(code).toBe('PROTOCOL');
    expect(message).toBe(
      `${rig.server.url}/: refs/heads/${STRONG} is no ref: expected the 64 hex digits of a commit, found "<!DOCTYPE html>␛[31m<p>Welcome"`,
    );
    expect(hint).toMatch(/lead to an OSTree repository/);
  });

  it.each([
    ['nothing', ''],
    ['a hash that is too short', 'abc\n'],
    ['two of them', `${keyOf('a')}\n${keyOf('b')}\n`],
    ['more than a ref has', 'x'.repeat(100_000)],
  ])('that is %s is an error', async (_, body) => {
    const rig = await openRig();
    rig.server.fault = (path) => (path.startsWith('refs/') ? { type: 'body', body } : undefined);
    expect((await failure(rig)).code).toMatch(/^(PROTOCOL|TOO_LARGE)$/);
  });

  it.each(['../../etc/passwd', 'a//b', '/abs', 'a b/c', ''])(
    'that is no name (%j) is asked of nobody',
    async (ref) => {
      const rig = await openRig();
      await expect(pull(rig, [ref])).rejects.toMatchObject({ code: 'INVALID_REF' });
      expect(rig.server.asked).toEqual([]);
    },
  );

  it('of letters beyond ASCII is asked for as its bytes', async () => {
    const rig = await openRig();
    const ref = 'projekt/größe/k';
    rig.remote.commit(ref, { 'files/x': 'x' });
    expect((await pull(rig, [ref])).outcomes[0]?.type).toBe('pulled');
  });
});

describe('a summary', () => {
  const onlyThere = async (): Promise<Rig> => {
    const rig = await openRig();
    rmSync(join(rig.remote.folder, 'refs/heads', STRONG));
    return rig;
  };

  it.each([
    ['corrupt', { type: 'body', body: Buffer.alloc(1000, 0xff) }, 'CORRUPT_OBJECT'],
    ['a page', { type: 'body', body: '<html>'.repeat(50) }, 'CORRUPT_OBJECT'],
    ['without end', { type: 'endless' }, 'TOO_LARGE'],
    ['said to be too large', { type: 'body', body: Buffer.alloc(10 * 1024 * 1024 + 1) }, 'TOO_LARGE'],
    ['refused', { type: 'status', status: 401 }, 'UNAVAILABLE'],
  ] as const)('that is %s is an error where a ref is only in it', async (_, fault, code) => {
    const rig = await onlyThere();
    rig.server.fault = (path) => (path === 'summary' ? fault : undefined);
    const failed = await failure(rig);
    expect(failed.code).toBe(code);
    expect(failed.message).toContain('summary');
  });

  it('that says a smaller size of a commit than it has is not believed', async () => {
    const rig = await onlyThere();
    const path = join(rig.remote.folder, 'summary');
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from(rig.commit, 'hex')) - 8;
    bytes.writeBigUInt64LE(10n, at);
    writeFileSync(path, bytes);
    expect(await failure(rig)).toMatchObject({ code: 'TOO_LARGE' });
  });
});

const SILENT: readonly string[] = ['stall', 'silence'];

/** For faults that are silence; on a busy machine a good answer may take as long, and is asked for once more. */
const HASTE = { stallTimeoutMs: 200, retryPausesMs: Array.from({ length: 20 }, () => 1) };

describe('a server in trouble', () => {
  it.each([
    ['answers 500', { type: 'status', status: 500 }],
    ['closes the connection', { type: 'reset' }],
    ['cuts in the middle', { type: 'cut' }],
    ['stalls in the middle', { type: 'stall' }],
    ['says nothing', { type: 'silence' }],
    ['promises more than it sends', { type: 'length', more: 100 }],
  ] as const)('that %s twice is tried again', async (_, fault) => {
    const rig = await openRig();
    const notices: string[] = [];
    const tool = fileObject(rig, '/files/bin/tool');
    const failing = [`refs/heads/${STRONG}`, objectPath({ id: rig.commit, kind: 'commit' }), tool];
    rig.server.fault = (path, before) => (before < 2 && failing.includes(path) ? fault : undefined);
    const { outcomes } = await pull(rig, [STRONG], {
      ...(SILENT.includes(fault.type) && HASTE),
      onNotice: (text) => notices.push(text),
    });
    expect(outcomes[0]?.type).toBe('pulled');
    expect(notices[0]).toMatch(/^.*http:\/\/127\.0\.0\.1.*: trying again in 0\.001 s$/);
    expectSound(rig.repository.folder);
  });

  it.each([
    ['answers 500', { type: 'status', status: 500 }],
    ['closes the connection', { type: 'reset' }],
    ['cuts in the middle', { type: 'cut' }],
    ['stalls', { type: 'stall' }],
  ] as const)('that %s again and again is left alone after some tries', async (_, fault) => {
    const rig = await openRig();
    const tool = fileObject(rig, '/files/bin/tool');
    rig.server.fault = (path) => (path === tool ? fault : undefined);
    const haste = SILENT.includes(fault.type) ? { stallTimeoutMs: HASTE.stallTimeoutMs } : {};
    expect((await failure(rig, STRONG, haste)).code).toBe('UNAVAILABLE');
    const asked = rig.server.asked.filter((path) => path === tool).length;
    expect(asked).toBeGreaterThanOrEqual(4);
    // A connection that was used before and breaks without an answer says nothing: there are eight at most.
    expect(asked).toBeLessThanOrEqual(fault.type === 'reset' ? 4 + 8 : 4);
  });

  it.each([401, 503, 502, 429, 400])('that answers %d is not tried again, and quoted', async (status) => {
    const rig = await openRig();
    rig.server.fault = () => ({ type: 'status', status });
    const { code, message } = await failure(rig);
    expect(code).toBe('UNAVAILABLE');
    expect(message).toContain(`answered ${status}`);
    expect(rig.server.asked.length).toBe(1);
  });

  it.each([204, 206])('that answers %d sends no file', async (status) => {
    const rig = await openRig();
    rig.server.fault = () => ({ type: 'status', status });
    expect((await failure(rig)).code).toBe('PROTOCOL');
  });

  it('that is not there is an error at once', async () => {
    const rig = await openRig();
    await rig.server[Symbol.asyncDispose]();
    expect(await failure(rig)).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('that compresses what nobody asked to be compressed is an error', async () => {
    const rig = await openRig();
    const headers = { 'content-encoding': 'gzip' };
    rig.server.fault = (path) =>
      path.startsWith('objects/') ? { type: 'body', body: 'x', headers } : undefined;
    expect((await failure(rig)).message).toMatch(/sends it encoded \(gzip\), which nobody asked for/);
  });

  it('that does not say how long objects are is read all the same', async () => {
    const rig = await openRig();
    rig.server.fault = () => ({ type: 'chunked' });
    expect((await pull(rig)).outcomes[0]?.type).toBe('pulled');
    expectSound(rig.repository.folder);
  });

  it('that sends an object without end is stopped', async () => {
    const rig = await openRig();
    const repository = await makeRepository({ maxObjectBytes: 1_000_000 });
    const tool = fileObject(rig, '/files/bin/tool');
    rig.server.fault = (path) => (path === tool ? { type: 'endless' } : undefined);
    expect(await failure({ ...rig, repository })).toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('an object', () => {
  const bomb = (): Buffer => {
    const header = Buffer.from(
      '0000001a00000000000000000000000600000000000000000000 81a4000000000019'.replace(' ', ''),
      'hex',
    );
    return Buffer.concat([header, deflateRawSync(Buffer.alloc(50_000_000))]);
  };
  const kinds: readonly (readonly [string, (good: Buffer) => Fault])[] = [
    [
      'has other content',
      (good) => ({ type: 'body', body: Buffer.concat([good.subarray(0, -1), Buffer.from('?')]) }),
    ],
    ['is cut short', (good) => ({ type: 'body', body: good.subarray(0, -5) })],
    [
      'goes on behind its end',
      (good) => ({ type: 'body', body: Buffer.concat([good, Buffer.from('more')]) }),
    ],
    ['is empty', () => ({ type: 'body', body: '' })],
    ['is a page', () => ({ type: 'body', body: '<html>not found</html>' })],
    ['is a bomb', () => ({ type: 'body', body: bomb() })],
    [
      'claims a header beyond all bounds',
      () => ({ type: 'body', body: Buffer.from('ffffffff00000000', 'hex') }),
    ],
  ];

  it.each(kinds)('that %s is not taken', async (_, faultOf) => {
    const rig = await openRig();
    const tool = fileObject(rig, '/files/bin/tool');
    const good = readFileSync(join(rig.remote.folder, tool));
    rig.server.fault = (path) => (path === tool ? faultOf(good) : undefined);
    const { code, message } = await failure(rig);
    expect(code).toMatch(/^(CORRUPT_OBJECT|TOO_LARGE)$/);
    expect(message).toContain(rig.server.url);
    rig.server.fault = undefined;
    expect((await pull(rig)).outcomes[0]?.type).toBe('pulled');
    expectSound(rig.repository.folder);
  });

  it.each(['commit', 'dirtree', 'dirmeta'] as const)(
    'of the kind %s that is damaged is not taken',
    async (kind) => {
      const rig = await openRig();
      rig.server.fault = (path) =>
        path.endsWith(`.${kind}`) ? { type: 'body', body: noise(90) } : undefined;
      expect((await failure(rig)).code).toBe('CORRUPT_OBJECT');
    },
  );

  it('that is not there makes the artifact one that cannot be had', async () => {
    const rig = await openRig();
    rmSync(join(rig.remote.folder, fileObject(rig, '/files/bin/tool')));
    const { code, message } = await failure(rig);
    expect(code).toBe('MISSING_OBJECT');
    expect(message).toContain('the artifact is not complete there');
  });
});

describe('an address', () => {
  it('where there is no repository is told from a repository without the ref', async () => {
    const rig = await openRig();
    rmSync(join(rig.remote.folder, 'summary'));
    expect((await pull(rig, ['project/none/x'])).outcomes[0]?.type).toBe('absent');
    rmSync(join(rig.remote.folder, 'config'));
    expect(await failure(rig, 'project/none/x')).toMatchObject({ code: 'NO_REPOSITORY' });
  });

  it('of a repository of another mode says which', async () => {
    const rig = await openRig();
    using bare = openOstreeRemote('bare-user-only');
    bare.commit(STRONG, TREE);
    await using server = await startFaultyServer(bare.folder);
    const { code, message } = await failure({ ...rig, server });
    expect(code).toBe('BAD_REPOSITORY');
    expect(message).toMatch(/its mode is bare-user-only, expected archive-z2/);
  });

  it('that redirects is followed, and one that never ends is not', async () => {
    const rig = await openRig();
    await using front = await startFaultyServer(rig.remote.folder);
    front.fault = (path) => ({ type: 'redirect', to: `${rig.server.url}/${path}` });
    expect((await pull({ ...rig, server: front })).outcomes[0]?.type).toBe('pulled');
    const repository = await makeRepository();
    front.fault = (path) => ({ type: 'redirect', to: `/${path}` });
    const { message } = await failure({ ...rig, repository, server: front });
    expect(message).toMatch(/redirects more than 5 times/);
  });

  it('with credentials and a query uses both, and says neither', async () => {
    const rig = await openRig();
    const url = new URL(rig.server.url);
    Object.assign(url, { username: 'me', password: 'hidden', search: '?token=hidden', pathname: '/' });
    rig.server.fault = () => ({ type: 'status', status: 503 });
    using source = openPullSource(url.href, patient());
    expect(source.name).not.toContain('hidden');
    const { outcomes } = await pullRefs(rig.repository, [STRONG], source);
    expect(JSON.stringify(outcomes)).not.toContain('hidden');
    rig.server.fault = undefined;
    expect((await pullRefs(rig.repository, [STRONG], source)).outcomes[0]?.type).toBe('pulled');
  });

  it.each(['ftp://host/x', 'relative/folder', 'file://host/x', 'http://', 'user@host:path'])(
    'like %s is none',
    (address) => {
      expect(() => openPullSource(address, patient())).toThrow(/can be pulled from/);
    },
  );
});

describe('a folder', () => {
  it.each([(folder: string) => folder, (folder: string) => `file://${folder}`])(
    'is pulled from as a server is',
    async (addressOf) => {
      const rig = await openRig();
      using source = openPullSource(addressOf(rig.remote.folder), patient());
      const { outcomes } = await pullRefs(rig.repository, [STRONG, 'project/none/x'], source);
      expect(outcomes.map(({ type }) => type)).toEqual(['pulled', 'absent']);
      expectSound(rig.repository.folder);
    },
  );

  it('that is damaged, or not there, is an error', async () => {
    const rig = await openRig();
    writeFileSync(join(rig.remote.folder, fileObject(rig, '/files/bin/tool')), 'damaged');
    for (const [folder, code] of [
      [rig.remote.folder, 'CORRUPT_OBJECT'],
      ['/nowhere/at/all', 'NO_REPOSITORY'],
    ] as const) {
      using source = openPullSource(folder, patient());
      const { outcomes } = await pullRefs(rig.repository, [STRONG], source);
      expect(outcomes[0]).toMatchObject({ type: 'failed', error: { code } });
    }
  });
});
