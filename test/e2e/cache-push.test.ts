import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig, type Finished, type Rig } from '../support/rig.ts';
import { openSshd, type Sshd, type SshKey } from '../support/sshd.ts';

const RECEIVER = resolve(import.meta.dirname, '../../bin/bst-artifact-receive');
const TARGET = '127.0.0.1:artifacts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await openSshd();
});
afterAll(async () => await sshd[Symbol.asyncDispose]());

const ostree = (repository: string, ...words: string[]): string =>
  execFileSync('ostree', [`--repo=${repository}`, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** A repository to push from, one to push to, and a key that may. */
interface Caches {
  readonly from: string;
  readonly to: string;
  readonly key: SshKey;
  push(words: readonly string[], more?: Options): Promise<Finished>;
}

interface Options {
  /** Before what the key's configuration says. */
  readonly ssh?: readonly string[];
  readonly key?: SshKey;
}

const sshOf = ({ ssh = [] }: Options, key: SshKey): string => ['ssh', ...ssh, ...key.words].join(' ');

function createCaches(rig: Rig): Caches {
  const [from, to] = [join(rig.folder, 'from'), join(rig.folder, 'to')];
  for (const repository of [from, to]) ostree(repository, 'init', '--mode=archive');
  const key = sshd.addKey(`restrict,command="${RECEIVER} --verbose ${to}"`);
  const push: Caches['push'] = (words, options = {}) =>
    rig.run(['cache', 'push', '--repository', from, ...words], {
      environment: { SLIPWAY_SSH: sshOf(options, options.key ?? key) },
    });
  return { from, to, key, push };
}

type Files = Readonly<Record<string, string | Buffer>>;

/** Puts files into a repository and returns the commit. */
function commit(rig: Rig, repository: string, ref: string, files: Files): string {
  const tree = mkdtempSync(join(rig.folder, 'tree-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), content);
  }
  return ostree(repository, 'commit', '--no-bindings', '-b', ref, tree);
}

/** What ostree makes of the repository that was pushed to: nothing is wrong with it, and it can be pulled from. */
function requireSound(rig: Rig, repository: string, ref: string): string {
  ostree(repository, 'fsck', '-q');
  const pulled = mkdtempSync(join(rig.folder, 'pulled-'));
  ostree(pulled, 'init', '--mode=archive');
  ostree(pulled, 'remote', 'add', '--no-gpg-verify', 'cache', `file://${repository}`);
  ostree(pulled, 'pull', 'cache', ref);
  ostree(pulled, 'fsck', '-q');
  return ostree(pulled, 'rev-parse', `cache:${ref}`);
}

const refsOf = (repository: string): string[] => ostree(repository, 'refs').split('\n').filter(Boolean);

const jsonOf = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type !== 'cache-pushing'); // as often as time allows

const pushedOf = (finished: Finished): { readonly sentObjects: number; readonly sentBytes: number } => {
  const line = jsonOf(finished).find(({ type }) => type === 'cache-pushed');
  if (line === undefined) throw new Error(`nothing was pushed: ${finished.stdout}${finished.stderr}`);
  return { sentObjects: Number(line['sentObjects']), sentBytes: Number(line['sentBytes']) };
};

const manyFiles = (count: number, sizeBytes: number): Files =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`files/${i}`, randomBytes(sizeBytes)]));

async function appears(path: string): Promise<void> {
  const { promise, resolve: seen } = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), (_, name) => (name === basename(path) ? seen() : undefined));
  if (!existsSync(path)) await promise;
  watcher.close();
}

describe('slipway cache push', () => {
  it('sends an artifact, nothing where it is there, and little where little changed', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    const files = manyFiles(100, 20_000);
    const first = commit(rig, from, 'p/e/first', files);
    ostree(from, 'refs', '--create', 'p/e/weak', first);
    const sent = await push(['p/e/first', 'p/e/weak', '--push-url', TARGET]);
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
    expect(sent.stdout).toMatch(
      /^127\.0\.0\.1:artifacts: sent 105 objects, 1\.9 MiB in .*\/s\); 2 refs pushed\n$/,
    );
    expect(['p/e/first', 'p/e/weak'].map((ref) => requireSound(rig, to, ref))).toEqual([first, first]);

    const again = await push(['p/e/', '--push-url', TARGET]);
    expect(again).toMatchObject({ exitCode: 0, stdout: '127.0.0.1:artifacts: has all 2 already\n' });

    const second = commit(rig, from, 'p/e/second', { ...files, 'files/7': 'changed' });
    const changed = await push(['p/e/second', '--push-url', TARGET, '--output', 'json']);
    const { sentBytes } = pushedOf(changed);
    expect(sentBytes).toBeLessThan(2_000_000 * 0.05);
    expect(jsonOf(changed).at(-1)).toMatchObject({
      type: 'cache-pushed',
      cache: TARGET,
      objects: 105,
      sentObjects: 4,
    });
    expect(requireSound(rig, to, 'p/e/second')).toBe(second);
  });

  it('says where a ref is written once and stays what it was', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    const folder = join(rig.folder, 'folder');
    ostree(folder, 'init', '--mode=archive');
    const once = sshd.addKey(`restrict,command="${RECEIVER} --write-once ${to}"`);
    await rig.run(['cache', 'init', folder, '--write-once']);
    const words = ['p/e/k', '--push-url', TARGET, '--push-url', folder];
    const first = commit(rig, from, 'p/e/k', { 'files/a': 'one' });
    expect(await push(words, { key: once })).toMatchObject({ exitCode: 0, stderr: '' });
    commit(rig, from, 'p/e/k', { 'files/a': 'another' });
    const { exitCode, stderr } = await push(words, { key: once });
    const stays = 'p/e/k is another artifact there already and is written once: it stays as it was';
    expect([exitCode, stderr]).toEqual([0, `${TARGET}: ${stays}\n${folder}: ${stays}\n`]);
    expect([to, folder].map((repository) => requireSound(rig, repository, 'p/e/k'))).toEqual([first, first]);
  });

  it('goes to every cache that is named, and to the next where one fails', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    const folder = join(rig.folder, 'folder');
    ostree(folder, 'init', '--mode=archive');
    const pushed = commit(rig, from, 'p/e/k', { 'files/a': 'a', 'files/b': randomBytes(500_000) });
    const down = 'ssh://127.0.0.1:1/artifacts';
    const urls = [down, TARGET, `file://${folder}`].flatMap((url) => ['--push-url', url]);
    const finished = await push(['p/e/k', '--retries', '1', '--output', 'json', ...urls]);
    expect(finished.exitCode).toBe(1);
    expect(jsonOf(finished).map(({ type, cache }) => [type, cache])).toEqual([
      ['cache-push-notice', '127.0.0.1:/artifacts (port 1)'],
      ['cache-push-failed', '127.0.0.1:/artifacts (port 1)'],
      ['cache-pushed', TARGET],
      ['cache-pushed', folder],
    ]);
    expect(jsonOf(finished)[1]).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /the connection broke: ssh: connect to host .* port 1: Connection refused$/,
      ),
    });
    expect([to, folder].map((repository) => requireSound(rig, repository, 'p/e/k'))).toEqual([
      pushed,
      pushed,
    ]);
  });

  it('reads from the configuration where to push, and says so where it cannot know', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    commit(rig, from, 'p/e/k', { 'files/a': 'a' });
    const unconfigured = await push(['p/e/k']);
    expect(unconfigured).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unconfigured.stderr).toMatch(/not configured for pushing artifacts/);
    rig.write(
      'project.conf',
      `name: p\nartifacts:\n  pull-url: http://127.0.0.1:9/\n  push-url: ${TARGET}\n`,
    );
    expect(await push(['p/e/k'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect(refsOf(to)).toEqual(['p/e/k']);
    const unknown = await push(['p/e/other']);
    expect(unknown).toMatchObject({ exitCode: 1 });
    expect(unknown.stderr).toMatch(/there is no artifact p\/e\/other in .*from\n/);
  });

  it('refuses addresses that ssh would take for options', async () => {
    await using rig = createRig();
    const { from, push } = createCaches(rig);
    commit(rig, from, 'p/e/k', { 'files/a': 'a' });
    const proxy = join(rig.folder, 'ran');
    const finished = await push(['p/e/k', '--push-url', `-oProxyCommand=touch\t${proxy}:x`]);
    expect(finished.exitCode).not.toBe(0);
    const named = await push(['p/e/k', `--push-url=ssh://-oProxyCommand=touch%20${proxy}/x`]);
    expect(named).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is no host name') });
    expect(existsSync(proxy)).toBe(false);
  });
});

describe('slipway cache push, where ssh does not get through', () => {
  it('names a key that is not let in, and does not try it again', async () => {
    await using rig = createRig();
    const { from, to, key, push } = createCaches(rig);
    commit(rig, from, 'p/e/k', { 'files/a': 'a' });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(rig.folder, 'stranger')]);
    const config = readFileSync(key.config, 'utf8').replace(
      /IdentityFile .*/,
      `IdentityFile ${rig.folder}/stranger`,
    );
    rig.write('ssh_config', config);
    const stranger = { ...key, words: ['-F', join(rig.folder, 'ssh_config')] };
    const finished = await push(['p/e/k', '--push-url', TARGET], { key: stranger });
    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(finished.stderr).toMatch(/the host let no key of yours in: .*Permission denied \(publickey/);
    expect(finished.stderr).not.toMatch(/trying again/);
    expect(refsOf(to)).toEqual([]);
  });

  it('names a host whose key is not known', async () => {
    await using rig = createRig();
    const { from, push } = createCaches(rig);
    commit(rig, from, 'p/e/k', { 'files/a': 'a' });
    const ssh = ['-oUserKnownHostsFile=/dev/null'];
    const finished = await push(['p/e/k', '--push-url', TARGET], { ssh });
    expect(finished.exitCode).toBe(1);
    expect(finished.stderr).toMatch(/the key of the host is not the one that is known/);
    expect(finished.stderr).not.toMatch(/trying again/);
  });

  it('says what a receiver says that takes nothing', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    commit(rig, from, 'p/e/k', { 'files/a': 'a' });
    const key = sshd.addKey(`restrict,command="${RECEIVER} --read-only ${to}"`);
    const finished = await push(['p/e/k', '--push-url', TARGET], { key });
    expect(finished.exitCode).toBe(1);
    expect(finished.stderr).toMatch(/the receiver refused: /);
    expect(refsOf(to)).toEqual([]);
  });
});

const CUT_AFTER_BYTES = 20_000_000;
const WHOLE = { count: 160, sizeBytes: 200_000 }; // 32 MB: more than a receiver that has taken 20 has in memory

/**
 * A key whose receiver is reached through a script, which at the first time hands on so many bytes and then does something.
 */
function interruptedKey(rig: Rig, repository: string, then: string): SshKey {
  const script = join(rig.folder, 'receive');
  const lines = [
    '#!/bin/bash',
    `cd '${rig.folder}'`,
    `if [ -e again ]; then exec '${RECEIVER}' '${repository}'; fi`,
    'touch again; mkfifo way',
    `'${RECEIVER}' '${repository}' <way &`,
    'receiver=$!; exec 3>way',
    `dd bs=64k iflag=count_bytes count=${CUT_AFTER_BYTES} status=none >&3`,
    then,
    'exec 3>&-; wait $receiver; code=$?; touch ended; exit $code',
  ];
  rig.write('receive', `${lines.join('\n')}\n`, 0o755);
  return sshd.addKey(`restrict,command="${script}"`);
}

// Nothing more is handed on before the test says so.
const STALL = 'touch reached; until [ -e go ]; do sleep 0.05; done; cat >&3';

describe('a push that is cut in the middle', () => {
  it('goes on where it was when the receiver is killed', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    const pushed = commit(rig, from, 'p/e/k', manyFiles(WHOLE.count, WHOLE.sizeBytes));
    const key = interruptedKey(rig, to, 'kill -9 $receiver');
    const finished = await push(['p/e/k', '--push-url', TARGET, '--output', 'json'], { key });
    expect(finished.exitCode).toBe(0);
    expect(jsonOf(finished)[0]).toMatchObject({
      type: 'cache-push-notice',
      message: expect.stringMatching(/trying again/),
    });
    expect(pushedOf(finished).sentObjects).toBeLessThan(WHOLE.count);
    expect(requireSound(rig, to, 'p/e/k')).toBe(pushed);
  });

  it('leaves nothing to be seen when the client is killed, and the next one goes on', async () => {
    await using rig = createRig();
    const { from, to, push } = createCaches(rig);
    const pushed = commit(rig, from, 'p/e/k', manyFiles(WHOLE.count, WHOLE.sizeBytes));
    const key = interruptedKey(rig, to, STALL);
    const words = ['cache', 'push', '--repository', from, 'p/e/k', '--push-url', TARGET];
    const client = rig.start(words, { environment: { SLIPWAY_SSH: sshOf({}, key) } });
    await appears(join(rig.folder, 'reached'));
    client.process.kill('SIGKILL');
    await client.finished;
    rig.write('go', '');
    await appears(join(rig.folder, 'ended'));
    expect(refsOf(to)).toEqual([]);
    expect(readdirSync(join(to, 'tmp')).filter((name) => name.startsWith('bst-push-'))).toEqual([]);
    ostree(to, 'fsck', '-q');
    const again = await push(['p/e/k', '--push-url', TARGET, '--output', 'json'], { key });
    expect(again.exitCode).toBe(0);
    expect(pushedOf(again).sentObjects).toBeLessThan(WHOLE.count);
    expect(requireSound(rig, to, 'p/e/k')).toBe(pushed);
  });

  it('ends at Ctrl-C, with the receiver', async () => {
    await using rig = createRig();
    const { from, to } = createCaches(rig);
    commit(rig, from, 'p/e/k', manyFiles(WHOLE.count, WHOLE.sizeBytes));
    const key = interruptedKey(rig, to, STALL);
    const words = ['cache', 'push', '--repository', from, 'p/e/k', '--push-url', TARGET];
    const client = rig.start(words, { environment: { SLIPWAY_SSH: sshOf({}, key) } });
    await appears(join(rig.folder, 'reached'));
    client.process.kill('SIGINT');
    const finished = await client.finished;
    expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
    expect(finished.stderr).toMatch(/^slipway: interrupted\n/);
    rig.write('go', '');
    await appears(join(rig.folder, 'ended'));
    expect(refsOf(to)).toEqual([]);
    ostree(to, 'fsck', '-q');
  });
});
