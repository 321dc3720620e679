import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Reply, startStepServer } from '../../src/steps/testing/step-server.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig, type Finished, type Rig, type Running } from '../support/rig.ts';

const MANIFEST = 'name: hello\nversion: 1.0.0\nsummary: says hello\n';

function writeStep(rig: Rig, version = '1.0.0', code = 'echo "hello from the registry"'): void {
  rig.write('hello/step.yml', MANIFEST.replace('1.0.0', version));
  rig.write('hello/run.sh', `${code}\n`);
}

interface Registry {
  readonly url: string;
  readonly running: Running;
  publish(...flags: string[]): Promise<Finished>;
}

/** A registry of the real program, with its steps below the rig's folder. The rig ends it. */
async function serve(rig: Rig, ...flags: string[]): Promise<Registry> {
  let text = '';
  const found = Promise.withResolvers<string>();
  const words = ['step', 'serve', '--port', '0', '--folder', 'registry', ...flags];
  const running = rig.start(words, {
    onStdout: (piece) => {
      text += piece.toString();
      const url = /(?:on |"url":")(http:[^\s"]+)/.exec(text)?.[1];
      if (url !== undefined) found.resolve(url);
    },
  });
  void running.finished.then(({ stderr }) => found.reject(new Error(stderr)));
  const url = await found.promise;
  return {
    url,
    running,
    publish: (...more) =>
      rig.run(['step', 'publish', 'hello', '--owner', 'me', '--steps-registry', url, ...more]),
  };
}

const TOKEN = ['--auth-token', 'open-sesame'] as const;
const SERVE_TOKEN = ['--token', 'open-sesame'] as const;

describe.concurrent('a published step', () => {
  it('runs in a pipeline, and `*` takes the newest version although an older one is kept', async () => {
    await using rig = createRig(pipelineFile({ steps: [{ 'me/hello': {} }] }));
    const { url, publish } = await serve(rig, ...SERVE_TOKEN);
    writeStep(rig);
    expect(await publish(...TOKEN)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await rig.run(['build', '--steps-registry', url])).stdout).toBe('hello from the registry\n');
    writeStep(rig, '1.1.0', 'echo "hello again"');
    await publish(...TOKEN);
    expect((await rig.run(['build', '--steps-registry', url])).stdout).toBe('hello again\n');
    rig.write('wercker.yml', pipelineFile({ steps: [{ 'me/hello@1.0.0': {} }] }));
    expect((await rig.run(['build', '--steps-registry', url])).stdout).toBe('hello from the registry\n');
  });

  it('is for those with a token only when it is private', async () => {
    await using rig = createRig(pipelineFile({ steps: [{ 'me/hello': {} }] }));
    const { url, publish } = await serve(rig, ...SERVE_TOKEN);
    writeStep(rig);
    expect((await publish('--private', ...TOKEN)).exitCode).toBe(0);
    const without = await rig.run(['build', '--steps-registry', url]);
    expect(without.stderr).toContain('The step "me/hello" was not found');
    expect(without.exitCode).toBe(1);
    const list = (await (await fetch(`${url}/api/steps`)).json()) as { steps: unknown[] };
    expect(list.steps).toEqual([]);
    const withToken = await rig.run(['build', '--steps-registry', url, ...TOKEN]);
    expect(withToken.stdout).toBe('hello from the registry\n');
  });

  it('has the same checksum when it is published again, and keeps its content', async () => {
    await using rig = createRig();
    const { publish } = await serve(rig, ...SERVE_TOKEN, '--output', 'json');
    const publishedAs = async (): Promise<unknown> => {
      const { stdout } = await publish('--output', 'json', ...TOKEN);
      return { ...JSON.parse(stdout), time: undefined };
    };
    const none = await publish('--output', 'json', ...TOKEN);
    expect(none).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(none.stdout)).toMatchObject({ type: 'error', code: 'failed' });
    writeStep(rig);
    const first = await publishedAs();
    expect(first).toMatchObject({ type: 'step-published', name: 'hello', stepVersion: '1.0.0' });
    rig.write('hello/.git/config', 'not part of it');
    writeStep(rig);
    expect(await publishedAs()).toEqual(first);
    writeStep(rig, '1.0.0', 'echo other');
    const other = await publish(...TOKEN);
    expect(other.stderr).toContain('me/hello@1.0.0 is published with other content: give it a new version');
    expect(other.exitCode).toBe(1);
  });

  it('survives that the registry is killed, and the registry stops when it is told', async () => {
    await using rig = createRig();
    const killed = await serve(rig);
    const token = ['--auth-token', rig.read('registry/token')];
    writeStep(rig);
    expect((await killed.publish(...token)).exitCode).toBe(0);
    killed.running.process.kill('SIGKILL');
    await killed.running.finished;
    const again = await serve(rig);
    const answer = await fetch(`${again.url}/api/steps/me/hello/%5E1.0`);
    const { step } = (await answer.json()) as { step: { tarballUrl: string; size: number } };
    expect((await (await fetch(step.tarballUrl)).bytes()).length).toBe(step.size);
    again.running.process.kill('SIGTERM');
    expect((await again.running.finished).exitCode).toBe(0);
    expect(readdirSync(join(rig.folder, 'registry/blobs'))).toHaveLength(1);
  });
});

describe.concurrent('publishing', () => {
  it.each([
    [{}, 'Not all required files are present: step.yml does not exist; run.sh does not exist'],
    [{ 'step.yml': MANIFEST }, 'Not all required files are present: run.sh does not exist'],
    [
      { 'step.yml': 'version: v1\n', 'run.sh': '' },
      'Invalid step.yml: Name cannot be empty; Summary cannot be empty; Version does not appear to be valid semver',
    ],
    [{ 'wercker-step.yml': 'name: "a/b"\n', 'run.sh': '' }, 'Invalid wercker-step.yml: Name may only have'],
    [{ 'step.yml': 'name: [\n', 'run.sh': '' }, 'Invalid step.yml: line'],
  ])('refuses the files %j before anybody is asked', async (files, sentence) => {
    await using rig = createRig();
    rig.write('hello/README.md', '');
    for (const [name, content] of Object.entries(files)) rig.write(`hello/${name}`, content);
    const { exitCode, stderr } = await rig.run(['step', 'publish', 'hello']);
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(1);
  });

  it('needs a token that is known, and shows neither it nor more than a sentence', async () => {
    await using rig = createRig();
    const { publish } = await serve(rig, ...SERVE_TOKEN);
    writeStep(rig);
    const wrong = await publish('--auth-token', 'guessed-token');
    expect(wrong.stderr).toContain('answered 401: this token is not known here');
    expect(wrong.stderr).not.toContain('guessed-token');
    expect((await publish()).stderr).toContain('answered 401: publishing needs a token');
  });

  const ANNOUNCED: Reply = { body: { uploadUrl: '/upload', token: 't', expires: '' } };

  it.each<[string, Reply, string]>([
    ['garbage', { body: '<html>' }, 'answered without a place to upload to'],
    [
      'a file to upload to',
      { body: { uploadUrl: 'file:///etc/x', token: 't' } },
      'without a place to upload',
    ],
    ['another place', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'it is somewhere else'],
    [
      'its reason, the token in it',
      { status: 400, body: { message: 'no open-sesame \u001b[31m' } },
      '400: no *** [31m',
    ],
    ['nothing but trouble', { status: 503 }, 'answered 503'],
  ])('ends with a sentence when the registry answers with %s', async (_name, reply, sentence) => {
    await using rig = createRig();
    await using server = await startStepServer();
    server.answer('/api/publish', reply);
    writeStep(rig);
    const words = ['step', 'publish', 'hello', '--steps-registry', server.url, ...TOKEN];
    const { exitCode, stderr } = await rig.run(words);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/sesame|at .*\.ts:/);
    expect(stderr).not.toContain('\u001b');
    expect(exitCode).toBe(1);
  });

  it('tries again after an error of the server, and sends the token to the registry alone', async () => {
    await using rig = createRig();
    await using server = await startStepServer();
    server.answer('/api/publish', { status: 500 }, ANNOUNCED);
    server.answer('/upload', { status: 500 }, { status: 200 });
    server.answer('/api/publish/done', { status: 200 });
    writeStep(rig);
    const words = ['step', 'publish', 'hello', '--steps-registry', server.url, ...TOKEN];
    expect((await rig.run(words)).exitCode).toBe(0);
    expect(server.seen.map(({ path }) => path)).toEqual([
      '/api/publish',
      '/api/publish',
      '/upload',
      '/upload',
      '/api/publish/done',
    ]);
    for (const { path, headers } of server.seen) {
      expect(headers.authorization).toBe(path === '/upload' ? undefined : 'Bearer open-sesame');
    }
  });
});

describe.concurrent('a registry that answers wrongly', () => {
  const STEP = { owner: 'me', name: 'hello', version: { number: '1.0.0' } };

  it.each<[string, Reply, Reply, string]>([
    ['a page', { body: '<html>', headers: { 'content-type': 'text/html' } }, {}, 'no description of a step'],
    ['an error every time', { status: 500 }, {}, 'answered 500'],
    ['a file', { status: 302, headers: { location: 'file:///etc/passwd' } }, {}, 'no web address'],
    [
      'a file as archive',
      { body: { step: { ...STEP, tarballUrl: 'file:///etc/x' } } },
      {},
      'not on an https address',
    ],
    [
      'another checksum',
      { body: { step: { ...STEP, tarballUrl: '/t', checksum: '0'.repeat(64) } } },
      { body: Buffer.from('H4sIAAAAAAACA2NgGAWjYBSMVAAALq+17wAEAAA=', 'base64') },
      'the registry promises',
    ],
    [
      'half of an archive',
      { body: { step: { ...STEP, tarballUrl: '/t' } } },
      { body: Buffer.alloc(2000), fault: 'truncate' },
      'error fetching step hello',
    ],
  ])('is told in a sentence when it sends %s', async (_name, description, archive, sentence) => {
    await using rig = createRig(pipelineFile({ steps: [{ 'me/hello': {} }] }));
    await using server = await startStepServer();
    server.answer('/api/steps/me/hello/*', description);
    server.answer('/t', archive);
    const { exitCode, stderr } = await rig.run(['build', '--steps-registry', server.url]);
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(1);
  });
});
