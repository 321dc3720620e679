import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import type { JsonObject } from '../../queue-api/index.ts';
import { createTaskRig, type RunOptions, type TaskRig } from '../testing/task-context.ts';
import { uploadArtifact } from './upload-artifact.ts';

const IMAGE = 'localhost/slipway-busybox:1';

let engine: FakeEngine;
let rig: TaskRig;

beforeAll(async () => {
  engine = await createFakeEngine();
  await engine.createNetwork({ name: 'net', labels: {} });
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  rig = await createTaskRig({ engine, network: { name: 'net', gateway: '127.0.0.1' } });
});
afterEach(() => rig[Symbol.asyncDispose]());

const run = (script: string, artifacts: JsonObject, options?: RunOptions) =>
  rig.run({ image: IMAGE, maxRunTime: 60, command: ['sh', '-ec', script], artifacts }, options);

/** What was declared for a run, by name. */
const declared = (taskId: string) =>
  Object.fromEntries(
    [...rig.queue.artifacts]
      .filter(([key]) => key.startsWith(`${taskId}/`))
      .map(([key, artifact]) => [key.slice(`${taskId}/0/`.length), artifact]),
  );

const headersOf = (taskId: string, name: string) => rig.store.stored.get(`/${taskId}/0/${name}`)?.headers;
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

describe('a file', () => {
  it('is compressed unless its name says that it is already, with a type by its path', async () => {
    const { taskId, task, resolution } = await run(
      'echo text > /a.txt; echo image > /b.dmg; echo what > /c.qqq',
      {
        'public/a': { type: 'file', path: '/a.txt' },
        'public/b.txt': { type: 'file', path: '/b.dmg' },
        'public/c': { type: 'file', path: '/c.qqq' },
      },
    );
    expect(resolution).toEqual({ type: 'completed' });
    expect(headersOf(taskId, 'public/a')).toMatchObject({
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
    });
    expect(headersOf(taskId, 'public/b.txt')).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '6',
    });
    expect(headersOf(taskId, 'public/b.txt')).not.toHaveProperty('content-encoding');
    expect(headersOf(taskId, 'public/c')).toMatchObject({ 'content-type': 'application/octet-stream' });
    expect(['public/a', 'public/b.txt', 'public/c'].map((name) => rig.artifact(taskId, name))).toEqual([
      'text\n',
      'image\n',
      'what\n',
    ]);
    expect(Object.fromEntries(task.findings.artifactHashes)).toEqual({
      'public/a': sha256('text\n'),
      'public/b.txt': sha256('image\n'),
      'public/c': sha256('what\n'),
    });
  });

  it('stays as long as it says, else as long as the task', async () => {
    const { taskId, task } = await run(
      'touch /a',
      {
        a: { type: 'file', path: '/a', expires: '2026-12-24T00:00:00.000Z' },
        b: { type: 'file', path: '/a' },
      },
      { task: { expires: '2027-01-01T00:00:00.000Z' } },
    );
    expect(task.claim.task.expires).toBe('2027-01-01T00:00:00.000Z');
    expect(declared(taskId)).toMatchObject({
      a: { expires: '2026-12-24T00:00:00.000Z' },
      b: { expires: '2027-01-01T00:00:00.000Z' },
    });
  });

  it('of many megabytes goes through as it comes, and once more after the connection was cut', async () => {
    rig.store.fail({ cutAfterBytes: 1_000_000 });
    const size = 8 * 1024 * 1024;
    const { taskId, task, resolution } = await run(
      `head -c ${size} /dev/urandom > /big.zip; sha256sum /big.zip`,
      {
        'public/big.zip': { type: 'file', path: '/big.zip' },
      },
    );
    expect(resolution).toEqual({ type: 'completed' });
    const stored = rig.store.stored.get(`/${taskId}/0/public/big.zip`);
    expect(stored?.bytes.length).toBe(size);
    expect(task.findings.artifactHashes.get('public/big.zip')).toBe(sha256(stored?.bytes ?? ''));
    expect(rig.store.puts).toBe(2);
    expect(rig.records.map(({ type }) => type)).toContain('retrying artifact upload');
  });

  it('that is not there is declared with its reason, and does not fail the task', async () => {
    const { taskId, log, resolution, task } = await run('true', {
      'public/no.txt': { type: 'file', path: '/no.txt' },
    });
    expect(resolution).toEqual({ type: 'completed' });
    expect(declared(taskId)).toMatchObject({
      'public/no.txt': {
        storageType: 'error',
        reason: 'file-missing-on-worker',
        expires: task.claim.task.expires,
      },
    });
    expect(log).toMatch(/\[taskcluster [^\]]+\] Artifact "public\/no\.txt" not found at "\/no\.txt": /);
    expect([...task.findings.missingArtifacts.keys()]).toEqual(['public/no.txt']);
  });

  it('that is a folder, or a folder that is a file, is declared as what it is', async () => {
    const { taskId, log, resolution } = await run('mkdir /folder; touch /file', {
      a: { type: 'file', path: '/folder' },
      b: { type: 'directory', path: '/file' },
      c: { type: 'file', path: '/dev/null' },
    });
    expect(resolution).toEqual({ type: 'completed' });
    expect(declared(taskId)).toMatchObject({
      a: { reason: 'invalid-resource-on-worker' },
      b: { reason: 'invalid-resource-on-worker' },
    });
    expect(log).toContain(
      '\n[taskcluster:error] Error uploading "a". Expected artifact to be a "file" but was "directory"\n',
    );
    expect(log).toContain(
      '\n[taskcluster:error] Error uploading "b". Expected artifact to be a "directory" but was "file"\n',
    );
  });

  it('may be reached over links, which lead nowhere but into the container', async () => {
    const script =
      'mkdir -p /deep; echo inside > /deep/real; ln -s real /deep/near; ln -s /deep/near /far; ln -s /etc/shadow /out; ln -s loop /loop';
    const { taskId } = await run(script, {
      far: { type: 'file', path: '/far' },
      out: { type: 'file', path: '/out' },
      loop: { type: 'file', path: '/loop' },
    });
    expect(rig.artifact(taskId, 'far')).toBe('inside\n');
    expect(declared(taskId)).toMatchObject({
      out: { reason: 'file-missing-on-worker' },
      loop: { reason: 'file-missing-on-worker' },
    });
  });
});

describe('a directory', () => {
  it('becomes an artifact for each file below it, without what is no file', async () => {
    const script = `
      mkdir -p /d/sub/empty; echo a > /d/a.txt; echo b > /d/sub/b.json; ln -s /etc/passwd /d/link; ln -s / /d/root
      mkfifo /d/pipe; ln /d/a.txt /d/second.txt`;
    const { taskId, resolution } = await run(script, { 'public/d/': { type: 'directory', path: '/d/' } });
    expect(resolution).toEqual({ type: 'completed' });
    expect(new Set(Object.keys(declared(taskId)))).toEqual(
      new Set(['public/d/a.txt', 'public/d/second.txt', 'public/d/sub/b.json']),
    );
    expect(rig.artifact(taskId, 'public/d/a.txt')).toBe('a\n');
    expect(rig.artifact(taskId, 'public/d/second.txt')).toBe('a\n');
    expect(headersOf(taskId, 'public/d/sub/b.json')).toMatchObject({ 'content-type': 'application/json' });
  });

  it('that is empty is nothing', async () => {
    const { taskId, resolution } = await run('mkdir /d', { d: { type: 'directory', path: '/d' } });
    expect(resolution).toEqual({ type: 'completed' });
    expect(declared(taskId)).toEqual({});
  });

  it('has each of its many files, the large ones as they come', async () => {
    const script =
      'mkdir /d; for n in $(seq 200); do echo $n > /d/$n; done; head -c 3000000 /dev/zero > /d/large.zip';
    const { taskId } = await run(script, { d: { type: 'directory', path: '/d' } });
    expect(Object.keys(declared(taskId))).toHaveLength(201);
    for (const n of [1, 100, 200]) expect(rig.artifact(taskId, `d/${n}`)).toBe(`${n}\n`);
    expect(rig.artifact(taskId, 'd/large.zip')).toHaveLength(3_000_000);
  });

  it('may have names that the queue does not take', async () => {
    const { taskId, log } = await run(`mkdir /d; echo x > "/d/$(printf 'a\\nb')"; echo y > /d/ä`, {
      d: { type: 'directory', path: '/d' },
    });
    expect(new Set(Object.keys(declared(taskId)))).toEqual(new Set(['d/%C3%A4', 'd/a%0Ab']));
    expect(log).toContain('Artifact "d/ä" is stored as "d/%C3%A4"');
  });

  it('fails the task where a name is longer than the queue takes', async () => {
    const script =
      'cd /; for n in 1 2 3 4 5 6 7; do d=$(printf "%0200d" $n); mkdir $d; cd $d; done; touch file';
    const { resolution, log } = await run(script, {
      d: { type: 'directory', path: `/${'1'.padStart(200, '0')}` },
    });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toMatch(/\[taskcluster:error\] Error uploading .* Its name has \d+ characters/);
  });

  it('or a file is a volume', async () => {
    const { taskId } = await run('mkdir /d; echo a > /d/a; echo f > /f', {
      d: { type: 'volume', path: '/d' },
      f: { type: 'volume', path: '/f' },
      n: { type: 'volume', path: '/n' },
    });
    expect(rig.artifact(taskId, 'd/a')).toBe('a\n');
    expect(rig.artifact(taskId, 'f')).toBe('f\n');
    expect(declared(taskId)).toMatchObject({ n: { reason: 'file-missing-on-worker' } });
  });
});

describe('an upload', () => {
  const upload = (bytes: Buffer, more = {}) => ({
    name: 'public/x',
    contentType: 'text/plain',
    expires: '2030-01-01T00:00:00.000Z',
    gzip: false,
    async *open() {
      yield bytes;
    },
    ...more,
  });

  it('asks for a fresh address each time', async () => {
    const { task } = await run('true', {});
    rig.store.fail({ status: 403 }, { status: 500 });
    const before = rig.queue.callsOf('createArtifact').length;
    const facts = await uploadArtifact(task, upload(Buffer.from('hello')), { retryPausesMs: [1, 1] });
    expect(facts).toEqual({ sizeBytes: 5, sha256: sha256('hello') });
    expect(rig.queue.callsOf('createArtifact').length - before).toBe(3);
  });

  it('is given up after its attempts, with the words of the store but not its address', async () => {
    const { task } = await run('true', {});
    rig.store.fail({ status: 500 }, { status: 500 });
    const error = await uploadArtifact(task, upload(Buffer.from('x')), { retryPausesMs: [1] }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      name: 'UploadError',
      message: 'the store answered 500: the store is not well',
    });
  });

  it('ends with its signal', async () => {
    const { task } = await run('true', {});
    const ending = new AbortController();
    rig.store.fail('silence');
    const uploading = uploadArtifact(task, upload(Buffer.from('x')), { signal: ending.signal });
    setImmediate(() => ending.abort(new Error('enough')));
    await expect(uploading).rejects.toThrow('enough');
  });

  it('of unknown size is kept until its size is known, on the disk where it is large', async () => {
    const { task } = await run('true', {});
    const bytes = randomBytes(3 * 1024 * 1024);
    await uploadArtifact(task, upload(bytes, { gzip: true }));
    const stored = rig.store.stored.get(`/${task.taskId}/0/public/x`);
    expect(Number(stored?.headers['content-length'])).toBeGreaterThan(bytes.length);
    expect(task.findings.artifactHashes.get('public/x')).toBe(sha256(bytes));
  });

  it('says that it failed where its source does', async () => {
    const { task } = await run('true', {});
    const failing = {
      // biome-ignore lint/correctness/useYield: it fails before it gives anything
      async *open() {
        throw new Error('the disk is broken');
      },
    };
    await expect(uploadArtifact(task, upload(Buffer.alloc(0), failing))).rejects.toMatchObject({
      name: 'UploadError',
      message: 'the disk is broken',
    });
  });
});
