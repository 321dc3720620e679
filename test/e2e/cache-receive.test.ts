import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initRepository } from '../../src/cache/index.ts';
import { checkRepository } from '../../src/cache/testing/artifact-host.ts';
import { originalPush } from '../../src/cache/testing/original-client.ts';
import { encodeOriginalTar } from '../../src/cache/testing/original-tar.ts';
import { makeArtifact, pushOf } from '../../src/cache/testing/ostree-artifact.ts';
import { connectTo, type ReceiverProcess } from '../../src/cache/testing/receiver-process.ts';
import { createByteSource } from '../../src/cache/wire/byte-source.ts';
import { encodeMessage } from '../../src/cache/wire/encode-message.ts';
import { expectMessage } from '../../src/cache/wire/message-reader.ts';

const LAUNCHER = resolve(import.meta.dirname, '../../bin/bst-artifact-receive');
const SOURCE = resolve(import.meta.dirname, '../../src/cache/receive/main.ts');
const MIB = 1024 * 1024;

const artifact = makeArtifact({
  'files/hello': 'hello\n',
  'files/data': randomBytes(400_000),
  'files/link': '-> hello',
});
const later = makeArtifact({ 'files/hello': 'later\n', 'files/data': randomBytes(400_000) });

let home: string;
let repository: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'slipway-receive-'));
  repository = join(home, 'artifacts');
  await initRepository(repository);
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: home,
  XDG_CACHE_HOME: tmpdir(),
});

const receive = (...words: readonly string[]): ReceiverProcess => connectTo(LAUNCHER, words, environment());

const INFO = encodeMessage({ type: 'info', mode: 1, refs: new Map() });
const UPDATE = encodeMessage({
  type: 'update',
  updates: [{ ref: 'p/e/k', from: '0'.repeat(64), to: artifact.commit }],
});
const PUT = encodeMessage({ type: 'putobjects' });
const DONE = encodeMessage({ type: 'done' });
const TAR = encodeOriginalTar(artifact.objects);

const inFlight = (): string[] => readdirSync(join(repository, 'tmp')).filter((name) => name !== 'cache');

describe('bst-artifact-receive', () => {
  it('takes a push under its own name, relative to the home folder, and says nothing of it', async () => {
    const receiver = receive('--verbose', 'artifacts');
    expect(await originalPush(receiver, pushOf(artifact, 'p/e/k'), { version: '1.0' })).toEqual({
      type: 'pushed',
    });
    expect([await receiver.exit, receiver.said()]).toEqual([0, '']);
    expect(checkRepository(repository)).toEqual(['p/e/k']);
  });

  it('says what happens to each object and ref with --debug, and what the client asked for without acting on it', async () => {
    const asked = 'bst-artifact-receive --verbose /elsewhere\u001b[2J';
    const receiver = connectTo(LAUNCHER, ['--debug', 'artifacts'], {
      ...environment(),
      SSH_ORIGINAL_COMMAND: asked,
    });
    await originalPush(receiver, pushOf(artifact, 'p/e/k'), { version: '1.0' });
    const lines = receiver.said().trimEnd().split('\n');
    expect(lines[0]).toBe(
      'bst-artifact-receive: the client asked for: bst-artifact-receive --verbose /elsewhere␛[2J',
    );
    expect(lines.filter((line) => line.includes('received'))).toHaveLength(artifact.objects.length);
    expect(lines).toContain(`bst-artifact-receive: p/e/k is ${artifact.commit} now`);
  });

  it('loads nothing but what receives: whoever pushes waits for its start', async () => {
    const loaded = join(home, 'loaded');
    const started = { ...environment(), NODE_V8_COVERAGE: loaded };
    const receiver = connectTo(process.execPath, [SOURCE, 'artifacts'], started);
    expect(await originalPush(receiver, pushOf(artifact, 'p/e/k'), { version: '1.0' })).toEqual({
      type: 'pushed',
    });
    const files = readdirSync(loaded).flatMap((name) => {
      const { result }: { result: { url: string }[] } = JSON.parse(readFileSync(join(loaded, name), 'utf8'));
      return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    });
    expect(files).toContain(pathToFileURL(SOURCE).href);
    expect(files.filter((url) => /node_modules|\/src\/(cli|server|runner)\//.test(url))).toEqual([]);
  });

  it.each([
    ['no repository', ['nowhere'], 1, /nowhere is no repository.*--init REPO/],
    ['no word', [], 2, /REPO is missing/],
    ['two words', ['a', 'b'], 2, /One REPO/],
    ['an unknown flag', ['--nope', 'a'], 2, /Unknown option '--nope'\. --help says what there is\.$/m],
    ['a prefix that can begin no ref', ['--write-prefix', '../x', 'artifacts'], 2, /--write-prefix/],
    ['an empty prefix', ['--write-prefix=', 'artifacts'], 2, /--write-prefix/],
    ['a time that is none', ['--idle-timeout', 'soon', 'artifacts'], 2, /--idle-timeout/],
  ])('ends at once with %s', async (_, words, status, why) => {
    const receiver = receive(...words);
    expect(await receiver.exit).toBe(status);
    expect(receiver.said()).toMatch(why);
    expect(receiver.said().split('\n')).toHaveLength(2);
  });

  /** What the client has said when something happens. */
  const STAGES: readonly (readonly [string, readonly Buffer[]])[] = [
    ['before the first message', []],
    ['after the first message', [INFO]],
    ['after the update', [INFO, UPDATE]],
    ['before the first object', [INFO, UPDATE, PUT]],
    ['inside of an object', [INFO, UPDATE, PUT, TAR.subarray(0, 200_000)]],
    ['at the end of the tar', [INFO, UPDATE, PUT, TAR]],
  ];

  async function reach(receiver: ReceiverProcess, bytes: readonly Buffer[]): Promise<void> {
    const source = createByteSource(receiver.input);
    for (const each of bytes) {
      await receiver.write(each);
      if (each === INFO) await expectMessage(source, 'info');
      if (each === UPDATE) await expectMessage(source, 'status');
    }
    if (bytes.includes(TAR)) await expect.poll(() => inFlight().length).toBe(1);
  }

  it.each(STAGES)(
    'that is killed %s leaves a repository as it was, and what it leaves goes with the next push',
    async (_, bytes) => {
      await originalPush(receive('artifacts'), pushOf(later, 'p/e/first'), { version: '1.0' });
      const receiver = receive('artifacts');
      await reach(receiver, bytes);
      receiver.process.kill('SIGKILL');
      expect(await receiver.exit).toBe(null);
      execFileSync('ostree', ['fsck', '--quiet', `--repo=${repository}`]);
      expect(await originalPush(receive('artifacts'), pushOf(artifact, 'p/e/k'), { version: '1.0' })).toEqual(
        {
          type: 'pushed',
        },
      );
      expect(checkRepository(repository)).toEqual(['p/e/first', 'p/e/k']);
    },
  );

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('that is ended by %s leaves nothing', async (signal, status) => {
    const receiver = receive('artifacts');
    await reach(receiver, [INFO, UPDATE, PUT, TAR]);
    receiver.process.kill(signal);
    expect(await receiver.exit).toBe(status);
    expect(receiver.said()).toContain(`stopped by ${signal}`);
    expect(checkRepository(repository)).toEqual([]);
  });

  /** What is to be seen from outside while it publishes. */
  const MOMENTS: readonly (readonly [string, () => boolean])[] = [
    ['that it may', () => true],
    ['its first object', () => readdirSync(join(repository, 'objects')).length > 0],
    ['its ref', () => existsSync(join(repository, 'refs/heads/p/e/k'))],
    ['its summary', () => readFileSync(join(repository, 'summary')).includes('p/e/k')],
    ['its end', () => false],
  ];

  it.each(MOMENTS)('that is killed when one sees %s leaves whole artifacts or none', async (_, isSeen) => {
    const receiver = receive('artifacts');
    await reach(receiver, [INFO, UPDATE, PUT, TAR]);
    await receiver.write(DONE);
    await expect.poll(() => isSeen() || receiver.process.exitCode !== null, { interval: 1 }).toBe(true);
    expect(receiver.process.exitCode ?? 0, receiver.said()).toBe(0); // it may have ended before anybody looked
    receiver.process.kill('SIGKILL');
    await receiver.exit;
    execFileSync('ostree', ['fsck', '--quiet', `--repo=${repository}`]);
    await originalPush(receive('artifacts'), pushOf(later, 'p/e/last'), { version: '1.0' });
    expect(checkRepository(repository)).toContain('p/e/last');
  });

  it('takes many pushes at a time', async () => {
    const refs = ['p/e/1', 'p/e/2', 'p/e/3', 'p/e/4'];
    const pushes = [...refs.map((ref) => pushOf(artifact, ref)), pushOf(later, 'p/e/1')];
    const outcomes = await Promise.all(
      pushes.map((push) => originalPush(receive('artifacts'), push, { version: 'pre-cas' })),
    );
    expect(outcomes).toEqual(pushes.map(() => ({ type: 'pushed' })));
    expect(checkRepository(repository)).toEqual(refs);
  });
});

/** A small disk that only what is started in it sees. */
class SmallDisk implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #pid: string;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.#pid = String(holder.pid);
  }

  static async mount(folder: string, sizeBytes: number): Promise<SmallDisk> {
    mkdirSync(folder);
    const script = 'mount -t tmpfs -o size="$0" tmpfs "$1" && echo ready && exec cat';
    const holder = spawn('unshare', ['-m', 'sh', '-c', script, String(sizeBytes), folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new SmallDisk(holder);
  }

  words(...command: readonly string[]): readonly string[] {
    return ['-t', this.#pid, '-m', ...command];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await ended;
  }
}

const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe.runIf(canMount)('a repository on a disk that is full', () => {
  it('refuses a push, keeps nothing of it, and takes one that fits', async () => {
    const folder = join(home, 'disk');
    await using disk = await SmallDisk.mount(folder, 2 * MIB);
    const start = (...words: readonly string[]): ReceiverProcess =>
      connectTo('nsenter', disk.words(LAUNCHER, ...words), environment());
    const inside = (...words: readonly string[]): string =>
      execFileSync('nsenter', [...disk.words(...words)], { encoding: 'utf8' });
    expect(await start('--init', 'disk/artifacts').exit).toBe(0);
    const large = makeArtifact({
      'files/a': randomBytes(MIB),
      'files/b': randomBytes(MIB),
      'files/c': randomBytes(MIB),
    });
    for (const version of ['seed', 'pre-cas'] as const) {
      const receiver = start('disk/artifacts');
      expect(await originalPush(receiver, pushOf(large, 'p/e/large'), { version })).toMatchObject({
        type: 'failed',
      });
      expect(await receiver.exit).toBe(1);
      expect(receiver.said()).toMatch(/room|full/);
    }
    const push = pushOf(artifact, 'p/e/small');
    expect(await originalPush(start('disk/artifacts'), push, { version: '1.0' })).toEqual({ type: 'pushed' });
    inside('ostree', 'fsck', '--quiet', `--repo=${folder}/artifacts`);
    expect(inside('ostree', 'refs', `--repo=${folder}/artifacts`)).toBe('p/e/small\n');
    expect(inside('ls', `${folder}/artifacts/tmp`)).toBe('cache\n');
  });
});
