import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import taskcluster from 'taskcluster-client-87';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { BUSYBOX, type Finished } from '../support/rig.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
  await fleet.startWorker({ words: ['--capacity', '4'] });
});
afterAll(() => fleet[Symbol.asyncDispose]());

const task = (...words: readonly string[]): Promise<Finished> =>
  fleet.rig.run(['task', ...words], { environment: { TASKCLUSTER_ROOT_URL: fleet.rootUrl } });

/** What is printed when only a line of it is read. Rejects unless the program ends with 0. */
const throughHead = (...words: readonly string[]) =>
  promisify(execFile)(
    'bash',
    ['-c', '"$@" | head -n 1; exit "${PIPESTATUS[0]}"', 'bash', join(ROOT, 'bin/slipway'), ...words],
    { env: { ...process.env, TASKCLUSTER_ROOT_URL: fleet.rootUrl }, timeout: 60_000 },
  );
const ROOT = join(import.meta.dirname, '../..');

const created = ['create', '--image', BUSYBOX];
const idOf = ({ stdout }: Finished): string => stdout.split('\n')[0] ?? '';
const lines = ({ stdout }: Finished) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const script = (text: string): string[] => ['--', 'sh', '-c', text];

describe('slipway task', { timeout: 120_000 }, () => {
  it('creates a task from flags, prints its log while it goes on, and ends as it does', async () => {
    const words = ['--env', 'NAME=Ada Lovelace', '--follow', ...script('echo "hello $NAME"; exit 3')];
    const followed = await task(...created, ...words);
    expect(followed.stdout).toContain('\nhello Ada Lovelace\r\n');
    expect(followed.stdout).toContain('Unsuccessful task run with exit code: 3');
    expect(followed.stderr).toContain(`${idOf(followed)}: failed`);
    expect(followed.exitCode).toBe(1);
  });

  it('prints the same log afterwards, of each run', async () => {
    const taskId = idOf(await task(...created, '--wait', ...script('echo "run $RUN_ID"')));
    expect((await task('rerun', taskId)).stdout).toBe(`${taskId}: pending\n`);
    expect((await task('status', taskId, '--wait')).stdout).toContain('completed');
    const second = await task('log', taskId);
    expect(second.stdout).toContain('run 1\r\n');
    expect(second.stdout).not.toContain('run 0');
    const first = await task('log', taskId, '--run', '0', '--output', 'json');
    expect(
      lines(first)
        .map(({ text }) => text)
        .join(''),
    ).toContain('run 0\r\n');
    expect((await task('log', taskId, '--run', '2')).stderr).toContain('has no run 2: it has 2');
  });

  it('says in a sentence that no server answers, to who submits a build too', async () => {
    fleet.rig.write('wercker.yml', `box: ${BUSYBOX}\nbuild: {steps: [script: {code: 'true'}]}\n`);
    const { exitCode, stderr } = await fleet.rig.run(['submit', 'build', '--root-url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^slipway: no answer from http:\/\/127\.0\.0\.1:9: .*\nis a server running/);
  });

  it.each([
    ['as it is', []],
    ['in lines of JSON', ['--output', 'json']],
  ])('ends a log %s with its reader: | head', async (_, words) => {
    const taskId = idOf(await task(...created, ...script('seq 100000; sleep 1000')));
    await fleet.runIs(taskId, 0, 'running');
    const { stdout, stderr } = await throughHead('task', 'log', taskId, ...words);
    expect({ lines: stdout.trimEnd().split('\n').length, stderr }).toEqual({ lines: 1, stderr: '' });
    await task('cancel', taskId);
  });

  it('lists artifacts, and fetches them below a folder', async () => {
    fleet.rig.write(
      'task.yml',
      `taskQueueId: local/docker
metadata: {name: files, description: d, owner: o, source: "https://example.com"}
payload:
  image: ${BUSYBOX}
  command: [sh, -c, 'mkdir -p /o/a; echo one > /o/a/1.txt; head -c 300000 /dev/urandom > /o/b.bin']
  maxRunTime: 60
  artifacts:
    public/o: {type: directory, path: /o}
    missing: {type: file, path: /nowhere}
`,
    );
    const taskId = idOf(await task('create', 'task.yml', '--wait'));
    const listed = lines(await task('artifacts', taskId, '--output', 'json'));
    expect(listed.map(({ name, storageType }) => [name, storageType])).toEqual([
      ['missing', 'error'],
      ['public/logs/live.log', 'link'],
      ['public/logs/live_backing.log', 's3'],
      ['public/o/a/1.txt', 's3'],
      ['public/o/b.bin', 's3'],
    ]);
    const all = await task('artifacts', taskId, '--all', '--to', 'out');
    expect(all).toMatchObject({ exitCode: 0 });
    expect(fleet.rig.read('out/public/o/a/1.txt')).toBe('one\n');
    expect(fleet.rig.read('out/public/logs/live.log')).toContain('Successful task run with exit code: 0');
    const again = await task('artifacts', taskId, 'public/o/a/1.txt', '--to', 'out');
    expect(again.stderr).toContain('--force replaces it');
    const missing = await task('artifacts', taskId, 'missing', '--to', 'out');
    expect(missing.stderr).toContain('file-missing-on-worker');
    expect(missing.exitCode).toBe(1);
  });

  it('fetches what another worker left in the object service', async () => {
    const queue = new taskcluster.Queue({ rootUrl: fleet.rootUrl, retries: 0 });
    const object = new taskcluster.Object({ rootUrl: fleet.rootUrl, retries: 0 });
    const taskId = idOf(
      await task('create', '--queue', 'other/kind', ...created.slice(1), ...script('true')),
    );
    await queue['claimWork']?.('other/kind', { workerGroup: 'g', workerId: 'i' });
    const [name, bytes] = ['public/big.bin', randomBytes(2_000_000)];
    const contentType = 'application/octet-stream';
    const facts = { storageType: 'object', contentType, expires: taskcluster.fromNowJSON('1 hour') };
    const answer = await queue['createArtifact']?.(taskId, 0, name, facts);
    // The answer is that of the contract.
    const upload = answer as unknown as Record<'name' | 'projectId' | 'uploadId' | 'expires', string>;
    await taskcluster.upload({
      ...upload,
      contentType,
      contentLength: bytes.length,
      object,
      streamFactory: async () => Readable.from([bytes], { objectMode: false }),
    });
    await queue['finishArtifact']?.(taskId, 0, name, { uploadId: upload.uploadId });
    const fetched = await task('artifacts', taskId, name, '--to', 'objects');
    expect(fetched).toMatchObject({ exitCode: 0 });
    expect((await readFile(join(fleet.rig.folder, 'objects', name))).equals(bytes)).toBe(true);
    await queue['reportCompleted']?.(taskId, 0);
  });

  it('cancels a task that runs, and says so of each', async () => {
    const taskId = idOf(await task(...created, ...script('sleep 1000')));
    await fleet.runIs(taskId, 0, 'running');
    const canceled = await task('cancel', taskId, taskId, 'fN1SbArXTPSVFNUvaOlinQ');
    expect(canceled.stdout).toBe(`${taskId}: exception (canceled)\n`);
    expect(canceled.stderr).toContain('fN1SbArXTPSVFNUvaOlinQ: ');
    expect(canceled.exitCode).toBe(1);
    expect((await task('status', taskId, '--wait')).exitCode).toBe(1);
  });

  it('makes the same task once, whoever asks how often', async () => {
    const words = [...created, '--id', 'fN1SbArXTPSVFNUvaOlinQ', '--queue', 'nobody/here', '--', 'true'];
    expect((await task(...words)).exitCode).toBe(0);
    const listed = lines(await task('list', '--queue', 'nobody/here', '--output', 'json'));
    expect(listed).toMatchObject([{ taskId: 'fN1SbArXTPSVFNUvaOlinQ', state: 'pending', name: BUSYBOX }]);
    const table = await task('list', '--state', 'pending');
    expect(table.stdout).toMatch(
      /^TASK +STATE +QUEUE +CREATED +NAME\nfN1SbArXTPSVFNUvaOlinQ +pending +nobody\/here /,
    );
  });

  it('leaves a followed task alone at Ctrl-C, and says how it is ended', async () => {
    const words = ['task', ...created, '--follow', ...script('echo up; sleep 1000')];
    const run = fleet.rig.start(words, { environment: { TASKCLUSTER_ROOT_URL: fleet.rootUrl } });
    await run.waitFor('up');
    run.process.kill('SIGINT');
    const finished = await run.finished;
    const taskId = idOf(finished);
    expect(finished.stderr).toContain(`The task goes on: \`slipway task cancel ${taskId}\` ends it.`);
    expect(finished.exitCode).toBe(1);
    expect((await fleet.queue.status(taskId)).state).toBe('running');
    await task('cancel', taskId);
  });

  it('says where it looked when nobody answers', async () => {
    const alone = await fleet.rig.run(['task', 'list', '--root-url', 'http://127.0.0.1:9']);
    expect(alone.stderr).toContain('http://127.0.0.1:9');
    expect(alone.exitCode).toBe(1);
  });
});

describe('slipway runner', { timeout: 120_000 }, () => {
  const runner = (...words: readonly string[]): Promise<Finished> => fleet.rig.run(['runner', ...words]);
  const queue = ['--root-url', '', '--queue', 'runners/linux'];

  it('starts workers that take tasks, lists them, and ends them', async () => {
    queue[1] = fleet.rootUrl;
    const names = ['--name', 'ci', '--nowait', '--all', '--storepath', `${fleet.rig.folder}/store`];
    const started = await runner('start', ...names, '--runners', '2', ...queue);
    expect(started).toMatchObject({ exitCode: 0 });
    try {
      expect(started.stdout).toMatch(/^ci_0 has started, process \d+\nci_1 has started, process \d+\n$/);
      const taskId = idOf(await task(...created, '--queue', 'runners/linux', '--wait', '--', 'true'));
      const [run] = (await fleet.queue.status(taskId)).runs;
      expect(run?.workerId).toMatch(/^ci_[01]$/);
      const listed = await runner('status', '--name', 'ci', '--output', 'json');
      expect(lines(listed)).toMatchObject([
        { name: 'ci_0', running: true, taskQueueId: 'runners/linux', group: 'runners' },
        { name: 'ci_1', running: true },
      ]);
    } finally {
      const stopped = await runner('stop', '--name', 'ci');
      expect(stopped.stdout.split('\n').toSorted().join('\n')).toBe('\nci_0 has ended\nci_1 has ended');
    }
    expect((await runner('status')).stderr).toContain('No runner runs on this machine.');
    expect((await runner('stop', '--name', 'ci')).stderr).toContain('There are no runners to terminate');
  });

  it('shows what they say until Ctrl-C, and then they end', async () => {
    const run = fleet.rig.start(['runner', 'start', '--name', 'seen', '--all', ...queue]);
    await run.waitFor('msg=start AgentID=seen_0');
    run.process.kill('SIGINT');
    const finished = await run.finished;
    expect(finished.stdout).toMatch(/time=\S+ level=info msg=exit AgentID=seen_0/);
    expect(finished.exitCode).toBe(0);
    await vi.waitFor(async () => expect((await runner('status')).stdout).toBe(''), { timeout: 20_000 });
  });

  it('says what would keep a runner from working here', async () => {
    const fine = await runner('configure', '--root-url', fleet.rootUrl);
    expect(fine).toMatchObject({ exitCode: 0 });
    expect(fine.stdout).toContain('A runner can work here.');
    const bad = await runner('configure', '--root-url', 'http://127.0.0.1:9', '--pull');
    expect(bad.stderr).toContain('--pull: a runner is a worker of this program');
    expect(bad.stdout).toContain('http://127.0.0.1:9 does not answer');
    expect(bad.exitCode).toBe(1);
  });
});
