import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initRepository } from '../../src/cache/index.ts';
import { checkRepository } from '../../src/cache/testing/artifact-host.ts';
import { originalHello, originalPush } from '../../src/cache/testing/original-client.ts';
import { makeArtifact, ostree, pushOf } from '../../src/cache/testing/ostree-artifact.ts';
import { connectTo, type ReceiverProcess } from '../../src/cache/testing/receiver-process.ts';
import { run } from '../packaging/run.ts';
import { openSshd, type Sshd, type SshKey } from '../support/sshd.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy/sshd');
const ACCOUNT = 64_321; // nobody's on any machine
const PULL_URL = 'http://127.0.0.1:1/artifacts';

// An account of its own wants mounts, which the root of a container may not make.
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

const artifact = makeArtifact({ 'files/hello': 'hello\n', 'files/data': Buffer.alloc(200_000, 'x') });

interface Host extends AsyncDisposable {
  readonly sshd: Sshd;
  readonly repository: string;
  /** The receiver as a forced command names it. */
  readonly receiver: string;
}

/** A host with the account and the configuration that are deployed; without the forced command keys have their own. */
async function openHost(forced: (receiver: string) => string | undefined): Promise<Host> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-artifacts-home-'));
  const repository = join(home, 'artifacts');
  await initRepository(repository);
  mkdirSync(join(home, 'slipway'));
  execFileSync('cp', [join(DEPLOY, 'receive-only'), home]);
  execFileSync('chown', ['-R', `${ACCOUNT}:${ACCOUNT}`, home]);
  chmodSync(home, 0o755);
  const receiver = join(home, 'slipway/bin/bst-artifact-receive');
  const sshd = await openSshd({
    config: `Subsystem sftp internal-sftp\n${deployedConfig(forced(receiver))}`,
    account: {
      name: 'artifacts',
      id: ACCOUNT,
      home,
      shell: join(home, 'receive-only'),
      checkout: join(home, 'slipway'),
    },
  });
  return {
    sshd,
    repository,
    receiver,
    async [Symbol.asyncDispose]() {
      await sshd[Symbol.asyncDispose]();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The file that is deployed, with this test's places in it. */
function deployedConfig(forced: string | undefined): string {
  const lines = readFileSync(join(DEPLOY, 'artifacts.conf'), 'utf8').split('\n');
  const own = lines.filter((line) => !/^\s*(AuthorizedKeysFile|ForceCommand)\b/.test(line));
  expect(lines.length - own.length).toBe(2);
  const isEnd = (line: string): boolean => line === 'Match all';
  return own
    .flatMap((line) => (isEnd(line) && forced !== undefined ? [`ForceCommand ${forced}`, line] : [line]))
    .join('\n');
}

const push = (key: SshKey, ...words: readonly string[]): ReceiverProcess =>
  connectTo('ssh', [...key.words, '127.0.0.1', 'bst-artifact-receive', '--verbose', ...words]);

const ssh = async (key: SshKey, ...words: readonly string[]) =>
  await run('ssh', [...key.words, ...words], { cwd: tmpdir() });

describe.runIf(canMount)('a host as deploy/sshd sets it up, where all keys have the same rights', () => {
  let host: Host;

  beforeAll(async () => {
    // As strict as an administrator may have it for everybody.
    host = await openHost(
      (receiver) => `sh -c 'umask 077; exec ${receiver} --pull-url ${PULL_URL} artifacts'`,
    );
  });

  afterAll(async () => await host?.[Symbol.asyncDispose]());

  it('takes what clients push, in files that the web server can read', async () => {
    const { sshd, repository } = host;
    const hello = connectTo('ssh', [
      ...sshd.words,
      '127.0.0.1',
      '-oConnectTimeout=3',
      'bst-artifact-receive',
      'x',
    ]);
    expect(await originalHello(hello, { version: '1.0' })).toEqual({ pullUrl: PULL_URL, exitCode: 0 });
    const receiver = push(sshd, '/any/path');
    expect(await originalPush(receiver, pushOf(artifact, 'p/e/k'), { version: '1.1' })).toEqual({
      type: 'pushed',
    });
    expect(receiver.said()).toBe('');
    for (const name of readdirSync(repository, { recursive: true, encoding: 'utf8' })) {
      if (name.startsWith('.slipway') || name.startsWith('tmp')) continue;
      const { mode, uid } = statSync(join(repository, name));
      expect(`${name} ${(mode & 0o777).toString(8)} ${uid}`).toMatch(/ (644|755) 64321$/);
    }
    execFileSync('chown', ['-R', 'root:root', repository]); // libostree refuses what belongs to somebody else
    expect(checkRepository(repository)).toEqual(['p/e/k']);
    execFileSync('chown', ['-R', `${ACCOUNT}:${ACCOUNT}`, repository]);
  });

  it.each([
    ['a password', ['-oPubkeyAuthentication=no', '-oPreferredAuthentications=password', '127.0.0.1']],
    [
      'an answer on the keyboard',
      ['-oPubkeyAuthentication=no', '-oPreferredAuthentications=keyboard-interactive', '127.0.0.1'],
    ],
    ['nothing', ['-oPubkeyAuthentication=no', '-oPreferredAuthentications=none', '127.0.0.1']],
  ])('lets nobody in by %s', async (_, words) => {
    const { status, stdout, stderr } = await ssh(host.sshd, ...words);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain('Permission denied (publickey)');
  });

  it('has no shell', async () => {
    expect(await ssh(host.sshd, '127.0.0.1')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'This account only receives artifacts.\n',
    });
  });

  it('has no terminal', async () => {
    const { stderr } = await ssh(host.sshd, '-tt', '127.0.0.1', 'true');
    expect(stderr).toContain('PTY allocation request failed');
  });

  it.each([['cat /etc/passwd'], ['sh -c id'], ['; id'], ['$(id)'], ['`id`'], ["' ; id #"]])(
    'does not run %s',
    async (command) => {
      const { status, stdout, stderr } = await ssh(host.sshd, '127.0.0.1', command);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/"info" was expected from the other side, and the connection ended/);
    },
  );

  it('has no file transfer', async () => {
    const { status, stdout } = await ssh(host.sshd, '-s', '127.0.0.1', 'sftp');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('forwards nothing in either direction', async () => {
    const server = createServer((_, response) => response.end('inside')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const out = await ssh(host.sshd, '-W', `127.0.0.1:${port}`, '127.0.0.1');
      expect(out).toMatchObject({
        status: 255,
        stdout: '',
        stderr: expect.stringContaining('forwarding failed'),
      });
      const back = await ssh(
        host.sshd,
        '-N',
        '-oExitOnForwardFailure=yes',
        '-R',
        `0:127.0.0.1:${port}`,
        '127.0.0.1',
      );
      expect(back).toMatchObject({
        status: 255,
        stderr: expect.stringContaining('remote port forwarding failed'),
      });
    } finally {
      server.close();
    }
  });

  it('keeps nothing of a push whose connection is lost', async () => {
    const { sshd, repository } = host;
    const before = ostree('refs', `--repo=${repository}`);
    const { encodeMessage } = await import('../../src/cache/wire/encode-message.ts');
    const receiver = push(sshd, 'x');
    const to = artifact.commit;
    await receiver.write(encodeMessage({ type: 'info', mode: 1, refs: new Map() }));
    await receiver.write(
      encodeMessage({ type: 'update', updates: [{ ref: 'p/e/lost', from: '0'.repeat(64), to }] }),
    );
    await receiver.write(encodeMessage({ type: 'putobjects' }));
    await expect.poll(() => readdirSync(join(repository, 'tmp')).length).toBe(2);
    receiver.process.kill('SIGKILL');
    await expect.poll(() => readdirSync(join(repository, 'tmp'))).toEqual(['cache']);
    expect(ostree('refs', `--repo=${repository}`)).toBe(before);
  });
});

describe.runIf(canMount)('a host as deploy/sshd sets it up, where each key has its own rights', () => {
  let host: Host;

  beforeAll(async () => {
    host = await openHost(() => undefined);
  });

  afterAll(async () => await host?.[Symbol.asyncDispose]());

  const keyFor = (flags: string): SshKey => {
    const line = `restrict,command="${host.receiver} ${flags} artifacts"`;
    return host.sshd.addKey(line);
  };

  it('confines a key to its prefix, whatever the client asks for', async () => {
    const key = keyFor('--write-prefix mine');
    const refused = await originalPush(
      push(key, '--write-prefix', 'yours', 'elsewhere'),
      pushOf(artifact, 'yours/e/k'),
      {
        version: '1.1',
      },
    );
    expect(refused).toEqual({ type: 'failed', message: expect.stringContaining('only what is below mine/') });
    expect(await originalPush(push(key), pushOf(artifact, 'mine/e/k'), { version: '1.1' })).toEqual({
      type: 'pushed',
    });
    expect(ostree('refs', `--repo=${host.repository}`)).toBe('mine/e/k\n');
  });

  it('lets a key that may only read look, and nothing more', async () => {
    const key = keyFor(`--read-only --pull-url ${PULL_URL}`);
    expect(await originalHello(push(key), { version: '1.1' })).toEqual({ pullUrl: PULL_URL, exitCode: 0 });
    const refused = await originalPush(push(key), pushOf(artifact, 'mine/e/other'), { version: '1.1' });
    expect(refused).toEqual({ type: 'failed', message: expect.stringContaining('may not push') });
  });

  it('has nothing for a key that was listed without rights', async () => {
    const key = host.sshd.addKey('');
    for (const words of [['id'], []]) {
      expect(await ssh(key, '127.0.0.1', ...words)).toEqual({
        status: 1,
        stdout: '',
        stderr: 'This account only receives artifacts.\n',
      });
    }
  });
});

describe('the configuration in deploy/sshd', () => {
  it('is one that sshd takes', async () => {
    await using sshd = await openSshd({ config: readFileSync(join(DEPLOY, 'artifacts.conf'), 'utf8') });
    expect(sshd.log()).not.toMatch(/deprecated|unsupported|not allowed/i);
  });
});
