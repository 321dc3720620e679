import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile, script, type WrittenPipeline } from '../support/pipeline.ts';
import { BUSYBOX, createRig, DEBIAN, type Finished, type Rig, type RunOptions } from '../support/rig.ts';
import { serveFolder } from '../support/static-server.ts';

const BUSY_MACHINE_MS = 240_000; // several runs each, beside other tests

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

const MAKE = 'mkdir "$WERCKER_OUTPUT_DIR/d"; cp source.txt "$WERCKER_OUTPUT_DIR/d/copy.txt"; echo building';

function cachedRig(more: Partial<WrittenPipeline> = {}): Rig {
  const rig = createRig(pipelineFile({ steps: [script({ name: 'make', code: MAKE })], ...more }));
  rig.write('source.txt', 'source\n');
  return rig;
}

const build = (rig: Rig, words: readonly string[] = [], options: RunOptions = {}): Promise<Finished> =>
  rig.run(['build', '--cache', ...words], options);

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

function linesOf({ stdout }: Finished): Line[] {
  return stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Line);
}

const outcome = ({ exitCode, stderr }: Finished): string => {
  expect(stderr).toContain('Pipeline finished');
  expect(exitCode).toBe(0);
  return stderr.includes('Cached: nothing runs') ? 'hit' : 'miss';
};

const reasonOf = ({ stderr }: Finished): string => /Not cached: (.*)/.exec(stderr)?.[1] ?? '';

const cacheOf = (dataFolder: string): string => join(dataFolder, 'cache');

const fsck = (repository: string): string =>
  execFileSync('ostree', ['fsck', `--repo=${repository}`], { encoding: 'utf8' });

const refsOf = (repository: string): string[] =>
  execFileSync('ostree', ['refs', `--repo=${repository}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter(Boolean);

function allFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A folder of the test's own; disposing removes it. */
function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'slipway-cached-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const images = createImages();
afterAll(() => images.remove());

describe.concurrent('slipway build --cache', { timeout: BUSY_MACHINE_MS }, () => {
  it('builds once, and then shows the log and restores the output of that run', async () => {
    await using rig = cachedRig();
    const first = await build(rig);
    expect(outcome(first)).toBe('miss');
    expect(reasonOf(first)).toBe('no build of this pipeline is in the cache yet');
    rmSync(join(rig.folder, '.wercker'), { recursive: true });
    const second = await build(rig);
    expect(outcome(second)).toBe('hit');
    expect(second.stdout).toBe(first.stdout);
    expect(second.stdout).toBe('building\n');
    expect(rig.read('.wercker/latest/output/d/copy.txt')).toBe('source\n');
    expect(second.stderr.split('\n')[1]).toMatch(
      /Cached: nothing runs\. This is what run [0-9a-f]{24} of .* UTC/,
    );
    expect(second.stderr.trim().split('\n').at(-2)).toMatch(
      /Cached: all this is from run .*without --cache it runs anew/,
    );
    expect(second.stderr).toMatch(/Pipeline finished: .*, cached\n$/);
    expect(fsck(cacheOf(rig.dataFolder))).toContain('no errors');
  });

  it('finds the build of another clone of the repository, whatever its folder is called', async () => {
    await using rig = cachedRig();
    using folder = temporaryFolder();
    const origin = join(folder.path, 'project.git');
    const git = (...words: string[]): void =>
      void execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.com', ...words], {
        cwd: rig.folder,
      });
    git('init', '--quiet', '--initial-branch=main');
    git('add', 'wercker.yml', 'source.txt');
    git('commit', '--quiet', '--message=one');
    git('clone', '--quiet', '--bare', '.', origin);
    for (const name of ['one', 'two']) git('clone', '--quiet', origin, name);
    expect(outcome(await build(rig, [], { folder: 'one' }))).toBe('miss');
    expect(outcome(await build(rig, [], { folder: 'two' }))).toBe('hit');
    expect(refsOf(cacheOf(rig.dataFolder))).toEqual([
      expect.stringMatching(/^slipway\.build\/project\/build\/[0-9a-f]{64}$/),
    ]);
    git('-C', 'two', 'commit', '--quiet', '--allow-empty', '--message=two');
    const committed = await build(rig, [], { folder: 'two' });
    expect(reasonOf(committed)).toMatch(/^the commit or branch that is checked out changed since run /);
  });

  it('asks the engine what an image is on a hit, and nothing else of it', async () => {
    await using rig = cachedRig();
    using folder = temporaryFolder();
    const asked: string[] = [];
    await using proxy = await openEngineProxy(folder.path, (text) => {
      asked.push(...text.split('\r\n').filter((line) => / HTTP\/1\.1$/.test(line)));
      return text;
    });
    const environment = { DOCKER_HOST: proxy.host };
    expect(outcome(await build(rig, [], { environment }))).toBe('miss');
    expect(asked.join('\n')).toContain('/containers/create');
    asked.length = 0;
    expect(outcome(await build(rig, [], { environment }))).toBe('hit');
    expect(asked.length).toBeGreaterThan(0);
    for (const line of asked)
      expect(line).toMatch(/^(HEAD|GET) \S*\/(_ping|version|info|images\/\S+\/json)(\?\S*)? /);
  });

  it('builds again after each change of an input, says what changed, and has the builds of before still', async () => {
    await using rig = cachedRig({ top: { other: { steps: [{ script: { code: 'echo other' } }] } } });
    rig.write('.werckerignore', 'ignored\n');
    const file = rig.read('wercker.yml');
    const expectMiss = async (reason: string, options: RunOptions = {}): Promise<void> => {
      const changed = await build(rig, [], options);
      expect(outcome(changed)).toBe('miss');
      expect(reasonOf(changed)).toContain(reason);
      expect(reasonOf(changed)).toContain(' changed since run ');
    };
    await build(rig);
    rig.write('ignored', 'whatever');
    expect(outcome(await build(rig))).toBe('hit');
    await expectMiss('the variable FLAVOUR', { environment: { X_FLAVOUR: 'other' } });
    expect(outcome(await build(rig, ['--pipeline', 'other']))).toBe('miss');
    rig.write('wercker.yml', file.replace('echo building', 'echo other'));
    await expectMiss('the step make');
    rig.write('wercker.yml', file);
    expect(outcome(await build(rig))).toBe('hit');
    chmodSync(join(rig.folder, 'source.txt'), 0o755);
    await expectMiss('the source (source.txt, wercker.yml)');
    appendFileSync(join(rig.folder, 'source.txt'), 'x');
    await expectMiss('the source (source.txt)');
  });

  it.each([
    ['box', (image: string) => ({ box: image })],
    ['service', (image: string) => ({ services: [{ id: image, name: 'beside', cmd: 'sleep 1000' }] })],
  ])('builds again where the tag of its %s names another image', async (_what, pipeline) => {
    const image = images.adopt(`localhost/${freshId('slipway-cached')}:1`);
    docker('tag', BUSYBOX, image);
    await using rig = cachedRig(pipeline(image));
    expect(outcome(await build(rig))).toBe('miss');
    expect(outcome(await build(rig))).toBe('hit');
    docker('tag', DEBIAN, image);
    const changed = await build(rig);
    expect(outcome(changed)).toBe('miss');
    expect(outcome(await build(rig))).toBe('hit');
  });

  it('gives a teammate what another one pushed, through any web server', async () => {
    await using rig = cachedRig();
    using shared = temporaryFolder();
    const repository = join(shared.path, 'artifacts');
    expect((await rig.run(['cache', 'init', repository])).exitCode).toBe(0);
    const kept = await build(rig, ['--push-url', repository, '--no-cache-push']);
    expect(outcome(kept)).toBe('miss');
    expect(refsOf(repository)).toEqual([]);
    appendFileSync(join(rig.folder, 'source.txt'), 'more\n');
    const pushed = await build(rig, ['--push-url', repository]);
    expect(pushed.stderr).toMatch(/Cached: kept by this machine, \S*artifacts\S* under key/);
    expect(refsOf(repository)).toHaveLength(1);
    await using server = await serveFolder(repository);
    await using teammate = cachedRig();
    teammate.write('source.txt', 'source\nmore\n');
    const words = ['--application-name', rig.folder.split('/').at(-1) ?? ''];
    const given = await build(teammate, [...words, '--pull-url', server.url]);
    expect(outcome(given)).toBe('hit');
    expect(given.stderr).toContain(`from ${server.url.slice(0, -1)}`);
    expect(teammate.read('.wercker/latest/output/d/copy.txt')).toBe('source\nmore\n');
    expect(fsck(cacheOf(teammate.dataFolder))).toContain('no errors');
    const before = server.asked.length;
    expect(outcome(await build(teammate, [...words, '--pull-url', server.url]))).toBe('hit');
    expect(server.asked).toHaveLength(before);
  });

  it('builds where the other cache does not answer, and passes where it takes nothing', async () => {
    await using rig = cachedRig();
    const words = ['--pull-url', 'http://127.0.0.1:9/', '--push-url', 'ssh://nobody@127.0.0.1:9/artifacts'];
    const finished = await build(rig, words);
    expect(outcome(finished)).toBe('miss');
    expect(finished.stderr).toMatch(/warning: http:\/\/127\.0\.0\.1:9\S* cannot be asked/);
    expect(finished.stderr).toMatch(/warning: Kept on this machine only: pushing to nobody@127\.0\.0\.1\S* /);
    expect(outcome(await build(rig, words))).toBe('hit');
  });

  it('builds again where the cache is damaged, says so, and is well after it was mended', async () => {
    await using rig = cachedRig();
    await build(rig);
    const repository = cacheOf(rig.dataFolder);
    const large = allFiles(join(repository, 'objects')).filter((file) => file.endsWith('.filez'));
    for (const file of large) {
      const bytes = readFileSync(file);
      chmodSync(file, 0o644);
      writeFileSync(file, bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1));
    }
    const again = await build(rig);
    expect(outcome(again)).toBe('miss');
    expect(again.stderr).toContain('warning: What this machine has for this build is damaged');
    expect(again.stderr).toContain('`slipway cache fsck --repair` mends the cache');
    await rig.run(['cache', 'fsck', '--repair']);
    expect(outcome(await build(rig))).toBe('miss');
    expect(outcome(await build(rig))).toBe('hit');
    expect(fsck(repository)).toContain('no errors');
  });

  it('may be asked for twice at once', async () => {
    await using rig = cachedRig();
    const both = await Promise.all([build(rig), build(rig)]);
    for (const finished of both) outcome(finished);
    expect(outcome(await build(rig))).toBe('hit');
    expect(fsck(cacheOf(rig.dataFolder))).toContain('no errors');
  });

  it('keeps no secret in what others can read', async () => {
    await using rig = cachedRig({ steps: [script({ name: 'make', code: `${MAKE}; echo "with $TOKEN"` })] });
    const environment = { XXX_TOKEN: 'hush-hush-hush' };
    expect(outcome(await build(rig, [], { environment }))).toBe('miss');
    const again = await build(rig, [], { environment });
    expect(outcome(again)).toBe('hit');
    expect(again.stdout).toContain('with ***');
    const repository = cacheOf(rig.dataFolder);
    const out = join(rig.dataFolder, 'out');
    execFileSync('ostree', ['checkout', '-U', `--repo=${repository}`, refsOf(repository)[0] ?? '', out]);
    const files = allFiles(out);
    expect(files.map((file) => file.slice(out.length))).toContain('/meta/slipway.json');
    for (const file of files) expect(readFileSync(file, 'latin1')).not.toContain('hush');
    expect(outcome(await build(rig, [], { environment: { XXX_TOKEN: 'another' } }))).toBe('miss');
  });

  it('tells of a hit in JSON as the schema says, in its record and in the JUnit file', async () => {
    await using rig = cachedRig();
    const first = linesOf(await build(rig, ['--output', 'json']));
    const hit = await build(rig, ['--output', 'json', '--junit', 'report.xml']);
    const second = linesOf(hit);
    for (const line of [...first, ...second])
      expect([isLine(line), line, isLine.errors]).toEqual([true, line, null]);
    expect(first.map(({ type }) => type)).toEqual(expect.arrayContaining(['cache-miss', 'cache-saved']));
    const runId = first[0]?.['runId'];
    const from = expect.objectContaining({ runId, cache: 'this machine' });
    expect(second.find(({ type }) => type === 'cache-hit')).toMatchObject({ from });
    expect(second.find(({ type }) => type === 'run-finished')).toMatchObject({
      result: 'passed',
      cachedFrom: from,
    });
    expect(rig.read('report.xml')).toMatch(/<testcase[^>]*name="make"/);
    const runs = linesOf(await rig.run(['runs', '--output', 'json']));
    expect(runs.filter(({ cachedFrom }) => cachedFrom !== undefined)).toMatchObject([
      { cachedFrom: { runId } },
    ]);
    for (const run of runs) expect(isLine(run)).toBe(true);
    expect((await rig.run(['runs'])).stdout).toMatch(/ passed, cached .*\n.* passed /s);
    const hitId = String(second[0]?.['runId']);
    expect((await rig.run(['runs', hitId])).stdout).toContain(`nothing ran: it was given what run ${runId}`);
    const ref = second.find(({ type }) => type === 'cache-hit')?.['ref'];
    expect((await rig.run(['cache', 'log', String(ref)])).stdout).toContain('\nbuilding\n');
  });

  it('is only for builds, and touches no cache without the flag', async () => {
    await using rig = cachedRig({ top: { deploy: { steps: [{ script: { code: 'true' } }] } } });
    for (const words of [['deploy'], ['dev'], ['workflow', 'x']]) {
      const refused = await rig.run([...words, '--cache']);
      expect([refused.exitCode, refused.stderr]).toEqual([
        2,
        expect.stringContaining('only builds come from the cache'),
      ]);
    }
    const uncached = await rig.run(['build', '--pull-url', 'https://cache.example.com/']);
    expect([uncached.exitCode, uncached.stderr]).toEqual([
      2,
      expect.stringContaining('--pull-url is for builds with --cache'),
    ]);
    const mistyped = await build(rig, ['--push-url', 'nonsense']);
    expect([mistyped.exitCode, mistyped.stderr]).toEqual([
      1,
      expect.stringMatching(/^slipway: --push-url: push address "nonsense": .*\nExpected /),
    ]);
    expect((await rig.run(['build'])).exitCode).toBe(0);
    expect(existsSync(cacheOf(rig.dataFolder))).toBe(false);
  });
});

// By itself, as it looks for a moment.
describe('slipway build --cache', { timeout: BUSY_MACHINE_MS }, () => {
  it('leaves a sound cache where it is killed while it saves', async () => {
    const code = 'head -c 30000000 /dev/urandom >"$WERCKER_OUTPUT_DIR/large"; echo made';
    await using rig = cachedRig({ steps: [script({ name: 'make', code })] });
    const repository = cacheOf(rig.dataFolder);
    expect((await rig.run(['cache', 'init', repository])).exitCode).toBe(0);
    mkdirSync(join(repository, 'tmp'), { recursive: true });
    const running = rig.start(['build', '--cache']);
    const watcher = watch(join(repository, 'tmp'), { recursive: true }, () =>
      running.process.kill('SIGKILL'),
    );
    const killed = await running.finished;
    watcher.close();
    expect(killed.exitCode).toBeNull();
    expect(refsOf(repository)).toEqual([]);
    expect(fsck(repository)).not.toContain('error:');
    expect(outcome(await build(rig))).toBe('miss');
    expect(outcome(await build(rig))).toBe('hit');
    expect(fsck(repository)).toContain('no errors');
  });
});
