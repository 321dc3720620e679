import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipelineCacheRef } from '../../src/runner/index.ts';
import { serve } from '../support/download-server.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { freePort } from '../support/free-port.ts';
import { BUSYBOX, type Finished } from '../support/rig.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.startWorker({ words: ['--capacity', '4'] }); // the tests go on at the same time
}, 60_000);
afterAll(async () => await fleet[Symbol.asyncDispose](), 60_000);

/** A project of its own below the rig's folder. */
function project(name: string, yml: string, files: Readonly<Record<string, string>> = {}): string {
  fleet.rig.write(`${name}/wercker.yml`, yml);
  for (const [path, content] of Object.entries(files)) fleet.rig.write(`${name}/${path}`, content);
  return name;
}

const script = (code: string, more = ''): string =>
  `box: ${BUSYBOX}\nbuild:\n${more}  steps:\n    - script:\n        code: ${JSON.stringify(code)}\n`;

/** Somebody's own machine, with a cache of its own. */
const HOME = (): Record<string, string> => ({ SLIPWAY_DATA_DIR: `${fleet.rig.dataFolder}/home` });

const submit = (folder: string, ...words: readonly string[]): Promise<Finished> =>
  submitWith(folder, {}, words);

const submitWith = (
  folder: string,
  environment: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<Finished> =>
  fleet.rig.run(['submit', 'build', '--root-url', fleet.rootUrl, ...words], {
    folder,
    environment: { ...HOME(), ...environment },
  });

const taskOf = ({ stderr }: Finished): string => /^Task (\S+) in /m.exec(stderr)?.[1] ?? '';

describe.concurrent('slipway submit build', { timeout: 120_000 }, () => {
  it('runs the pipeline on a worker, shows its log, and leaves what a build leaves here', async () => {
    const yml = script('cat greeting > "$WERCKER_OUTPUT_DIR/said"; echo "says $(cat greeting) to $NAME"');
    const folder = project('passes', yml, {
      greeting: 'hello',
      'ignored.txt': 'x',
      '.werckerignore': 'ignored.txt\n',
    });
    const run = await submitWith(folder, { X_NAME: 'you' });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('says hello to you');
    expect(run.stderr).toContain('Source: 3 files, '); // and not what is ignored
    expect(run.stderr).toMatch(/completed \(sent .*, waited .*, ran .*, fetched .*\)/);
    const fetched = readFileSync(join(fleet.rig.folder, folder, '.wercker/latest/output/said'), 'utf8');
    expect(fetched).toBe('hello');
    const local = await fleet.rig.run(['build', '--artifacts'], { folder, environment: { X_NAME: 'you' } });
    expect(local.exitCode).toBe(0);
    const builds = readdirSync(join(fleet.rig.folder, folder, '.wercker/builds'));
    expect(builds).toHaveLength(2);
    expect(readFileSync(join(fleet.rig.folder, folder, '.wercker/latest/output/said'), 'utf8')).toBe(fetched);
    const events = await (await fleet.artifact(taskOf(run), 'public/run/events.jsonl')).text();
    const types = events
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types[0]).toBe('run-started');
    expect(types.at(-1)).toBe('run-finished');
  });

  it('is of the project that it builds, and tells where the log was when a step began and ended', async () => {
    const folder = project('steps', script('echo here'));
    const run = await submit(folder);
    expect(run.exitCode).toBe(0);
    expect(await fleet.resolved(taskOf(run))).toMatchObject({ projectId: 'steps' });
    const log = Buffer.from(await fleet.log(taskOf(run)));
    const text = await (await fleet.artifact(taskOf(run), 'public/logs/events.jsonl')).text();
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [begun, ended] = ['step-started', 'step-finished'].map((type) =>
      events.find((event) => event.type === type),
    );
    expect(log.subarray(begun.logOffset, ended.logOffset).toString()).toMatch(
      /^.*Running step.*\nhere\r?\n$/s,
    );
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', result: 'passed' });
    expect(events.map(({ type }) => type)).not.toContain('step-output');
  });

  it('ends with 1 where a step fails, and fetches nothing', async () => {
    const folder = project('fails', script('echo on stderr >&2; exit 3'));
    const run = await submit(folder);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('on stderr');
    expect(run.stderr).toContain(': failed (');
    expect(run.stderr).not.toContain('Output:');
  });

  it('sends what changed since the last time and nothing else', async () => {
    const noise = Array.from({ length: 4000 }, (_, i) => `${i * 7919} `).join('');
    const folder = project('twice', script('cat small'), { large: noise, small: 'one' });
    const sent = (run: Finished) =>
      /; (.*) sent \(/m.exec(run.stderr)?.[1] ?? /; (the fleet has all of it)/.exec(run.stderr)?.[1];
    expect(sent(await submit(folder, '--no-follow'))).toMatch(/^[56] objects with /);
    expect(sent(await submit(folder, '--no-follow'))).toBe('the fleet has all of it');
    fleet.rig.write('twice/small', 'two');
    const third = await submit(folder);
    expect(sent(third)).toMatch(/^3 objects with \d+ B$/);
    expect(third.stdout).toContain('two');
    const log = await fleet.log(taskOf(third));
    expect(log).toMatch(/The source is here after .*; \d+ B came over the network/);
  });

  it('refuses a file with mistakes before anything is sent', async () => {
    const folder = project('mistaken', `box: ${BUSYBOX}\nbuild:\n  steps: 7\n`);
    const run = await submit(folder);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/wercker\.yml:3:10/);
    expect(run.stderr).toContain('nothing was sent');
    expect(run.stderr).not.toContain('Task ');
  });

  it('does not send secrets that everybody could read', async () => {
    const folder = project('secret', script('true'));
    const run = await submitWith(folder, { XXX_TOKEN: 'hunter2' });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('XXX_TOKEN: secrets are not sent');
    expect(run.stderr).not.toContain('hunter2');
  });

  it('says all of it in lines of JSON, too', async () => {
    const folder = project('json', script('echo made > "$WERCKER_OUTPUT_DIR/a"'));
    const run = await submit(folder, '--output', 'json', '--to', 'there');
    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const types = lines.map(({ type }) => type).filter((type) => type !== 'task-log');
    expect(types).toEqual(['source-sent', 'task-created', 'output-fetched', 'task', 'submit-finished']);
    expect(lines.at(-1)).toMatchObject({ state: 'completed' });
    expect(readFileSync(join(fleet.rig.folder, folder, 'there/output/a'), 'utf8')).toBe('made\n');
  });

  it('cancels the task at Ctrl-C, and ends when it has ended', async () => {
    const folder = project('long', script('echo begun; sleep 300'));
    await fleet.startWorker({ words: ['--worker-type', 'alone'] });
    const queue = ['--queue', 'local/alone'];
    const words = ['submit', 'build', '--root-url', fleet.rootUrl, ...queue];
    const running = fleet.rig.start(words, { folder, environment: HOME() });
    await running.waitFor('begun');
    running.process.kill('SIGINT');
    const run = await running.finished;
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toContain('exception (canceled)');
    expect((await fleet.queue.status(taskOf(run))).runs[0]?.reasonResolved).toBe('canceled');
    const next = await submit(project('next', script('echo has its turn')), ...queue);
    expect(next.stdout).toContain('has its turn'); // the worker has let go of it
  });
});

describe.concurrent('secrets', { timeout: 120_000 }, () => {
  it('reach the run where the workers have the key to them, and no log', async () => {
    const { rig } = fleet;
    const key = await generateKey({ userIDs: [{ name: 'workers' }] });
    rig.write('keys/private.asc', key.privateKey, 0o600);
    rig.write('keys/public.asc', key.publicKey);
    rig.write('worker.yml', `defaults:\n  encryptedEnv:\n    keyLocation: ${rig.folder}/keys/private.asc\n`);
    const words = ['--worker-type', 'sealed', '--config', join(rig.folder, 'worker.yml')];
    await fleet.startWorker({ words });
    const folder = project('sealed', script('echo "has ${#TOKEN} characters: $TOKEN"'));
    const run = await submitWith(folder, { XXX_TOKEN: 'hunter2-hunter2' }, [
      ...['--queue', 'local/sealed', '--encrypt-key', '../keys/public.asc'],
    ]);
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('has 15 characters: ');
    const { payload } = await fleet.queue.task(taskOf(run));
    expect(JSON.stringify(payload) + run.stdout + run.stderr).not.toContain('hunter2');
  });
});

describe.concurrent('while a submission is followed', { timeout: 120_000 }, () => {
  it('the server may be killed and come back: nothing of the log is lost, and nothing is there twice', async () => {
    const port = await freePort();
    await using other = await startFleet({ server: ['--port', String(port)] });
    await other.startWorker();
    other.rig.write('p/wercker.yml', script('for n in $(seq 1 30); do echo "line $n."; sleep 0.2; done'));
    const running = other.rig.start(['submit', 'build', '--root-url', other.rootUrl], { folder: 'p' });
    await running.waitFor('line 5.');
    other.server.running.process.kill('SIGKILL');
    await other.server.running.finished;
    const again = await serve(other.rig, ['server', '--port', String(port)]);
    const run = await running.finished;
    expect(run.exitCode).toBe(0);
    const lines = [...run.stdout.matchAll(/^line (\d+)\.$/gm)].map(([, number]) => Number(number));
    expect(lines).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    again.running.process.kill('SIGTERM');
  }, 90_000);
});

describe.concurrent('on a fleet', { timeout: 120_000 }, () => {
  it('what is for a machine of one’s own is refused before anything runs, with its place', async () => {
    const yml = `box:\n  id: ${BUSYBOX}\n  volumes: /etc\nbuild:\n  docker: true\n  steps:\n    - my/step "file:///outside/step"\n    - script:\n        code: echo never\n`;
    const run = await submit(project('laptop', yml));
    expect(run.exitCode).toBe(1);
    const log = await fleet.log(taskOf(run));
    expect(log).toMatch(/wercker\.yml:2:3.*mounts folders of the machine/);
    expect(log).toMatch(/wercker\.yml:\d+:\d+.*`docker: true`/);
    expect(log).toMatch(/wercker\.yml:7:7.*file:\/\/\/outside\/step/);
    expect(log).not.toContain('never');
    expect(run.stderr).toMatch(/wercker\.yml:2:3/); // warned of before
  });

  it('it runs where the operator of a worker allows it', async () => {
    const { rig } = fleet;
    rig.write('steps/outside/run.sh', 'echo a step of the machine\n');
    rig.write('steps/outside/wercker-step.yml', 'name: outside\nversion: 1.0.0\n');
    rig.write('data/file', 'of the machine');
    const yml = `box:\n  id: ${BUSYBOX}\n  volumes: ${rig.folder}/data:/data\nbuild:\n  steps:\n    - me/outside "file://${rig.folder}/steps/outside"\n    - script:\n        code: cat /data/file\n`;
    const folder = project('allowed', yml);
    const allowed = ['--pipeline-allow', 'volumes', '--pipeline-allow', 'file-steps'];
    await fleet.startWorker({ words: ['--worker-type', 'allows', ...allowed] });
    const run = await submit(folder, '--queue', 'local/allows');
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.stdout).toContain('a step of the machine');
    expect(run.stdout).toContain('of the machine');
  });

  it('a source is kept to itself, wherever its links lead', async () => {
    const folder = project('links', script('true'));
    fleet.rig.write('outside.yml', 'secret: hunter2\n');
    const at = join(fleet.rig.folder, folder);
    rmSync(join(at, 'wercker.yml'));
    symlinkSync(join(fleet.rig.folder, 'outside.yml'), join(at, 'ewok.yml'));
    fleet.rig.write(`${folder}/sent.yml`, script('true'));
    const run = await submit(folder, '--wercker-yml', 'sent.yml');
    expect(run.exitCode).toBe(1);
    expect(await fleet.log(taskOf(run))).toContain('leads out of the source');
    rmSync(join(at, 'ewok.yml'));
    symlinkSync(join(fleet.rig.folder, 'outside.yml'), join(at, '.werckerignore'));
    const again = await submit(folder, '--wercker-yml', 'sent.yml');
    expect(again.exitCode).toBe(1);
    expect(await fleet.log(taskOf(again))).toContain('the ignore file leads out of the source');
  });
});

describe.concurrent('where the server wants to know who calls', { timeout: 120_000 }, () => {
  it('a submission passes with its scopes and fails with one short, and outputs go to the operator’s store', async ({
    onTestFinished,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-submit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const clients = join(folder, 'clients.json');
    writeFileSync(clients, JSON.stringify(CLIENTS), { mode: 0o600 });
    await using closed = await startFleet({ server: ['--clients', clients] });
    const environment = (clientId: string) => ({
      TASKCLUSTER_CLIENT_ID: clientId,
      TASKCLUSTER_ACCESS_TOKEN: `${clientId}-${SECRET}`,
      SLIPWAY_DATA_DIR: join(folder, 'home'),
    });
    const store = join(folder, 'store');
    const words = ['--store-path', store, '--download-url', 'http://downloads.example/'];
    await closed.startWorker({ words, environment: environment('worker') });
    closed.rig.write('app/wercker.yml', script('echo made > "$WERCKER_OUTPUT_DIR/a"'));
    const asked = ['submit', 'build', '--root-url', closed.rootUrl];
    const run = await closed.rig.run(asked, { folder: 'app', environment: environment('me') });
    expect(run).toMatchObject({ exitCode: 0 });
    const address = new URL(/output\.tar is stored at (\S+)/.exec(run.stdout)?.[1] ?? '');
    expect(address.origin + address.pathname).toBe(
      'http://downloads.example/api/v3/operator/artifact/download',
    );
    expect(address.searchParams.get('s')).toBe(store);
    const stored = readFileSync(join(store, address.searchParams.get('a') ?? ''));
    const latest = join(closed.rig.folder, 'app/.wercker/latest/output.tar');
    expect(stored.equals(readFileSync(latest))).toBe(true);
    const other = [...asked, '--application-name', 'apps'];
    const short = await closed.rig.run(other, { folder: 'app', environment: environment('me') });
    expect(short.exitCode).toBe(1);
    expect(short.stderr).toContain('me may not write "slipway.source/apps/');
    expect(short.stderr).not.toContain(SECRET);
    const unread = await closed.rig.run(asked, { folder: 'app', environment: environment('writer') });
    expect(unread.exitCode).toBe(1);
    expect(unread.stderr).toContain('cache:pull:slipway.source/app/');

    const artifacts = `${closed.rootUrl}/artifacts`;
    const sources = join(closed.rig.dataFolder, 'cache/refs/heads/slipway.source/app');
    const [commit = ''] = readdirSync(sources);
    const listed = await (await fetch(`${artifacts}/summary`)).text();
    expect(listed).not.toContain('slipway.');
    for (const ref of [`slipway.source/app/${commit}`, 'slipway.pipeline-cache/app/build'])
      expect((await fetch(`${artifacts}/refs/heads/${ref}`)).status).toBe(403);
    expect((await fetch(`${artifacts}/.slipway/closure/${commit}`)).status).toBe(404);
  }, 60_000);
});

const SECRET = 'token-that-nobody-guesses';
const CLIENTS = [
  {
    clientId: 'me',
    accessToken: `me-${SECRET}`,
    scopes: [
      'queue:create-task:lowest:local/docker',
      'queue:create-task:project:app',
      'queue:scheduler-id:-',
      'queue:status:*',
      'cache:push:slipway.source/app/*',
      'cache:pull:slipway.source/app/*',
      'cache:push:slipway.pipeline-cache/app/build',
      'cache:pull:slipway.pipeline-cache/app/build',
    ],
  },
  {
    clientId: 'writer',
    accessToken: `writer-${SECRET}`,
    scopes: [
      'queue:create-task:lowest:local/docker',
      'queue:create-task:project:app',
      'queue:scheduler-id:-',
      'cache:push:slipway.source/app/*',
      'cache:pull:slipway.pipeline-cache/app/build',
      'cache:push:slipway.pipeline-cache/app/build',
    ],
  },
  {
    clientId: 'worker',
    accessToken: `worker-${SECRET}`,
    scopes: ['queue:claim-work:local/docker', 'queue:worker-id:test/*', 'purge-cache:*', 'auth:*'],
  },
];

describe.concurrent('the cache of a pipeline', { timeout: 120_000 }, () => {
  it('goes from worker to worker', async () => {
    const yml = script(
      'cat "$WERCKER_CACHE_DIR/count" 2>/dev/null || true; echo more >> "$WERCKER_CACHE_DIR/count"',
    );
    const folder = project('cached', yml);
    const words = ['--queue', 'local/other'];
    const other = ['--worker-type', 'other', '--work-dir'];
    const first = await fleet.startWorker({ words: [...other, join(fleet.rig.dataFolder, 'first')] });
    const before = await submit(folder, ...words);
    expect(before).toMatchObject({ exitCode: 0 });
    expect(before.stdout).not.toContain('more');
    first.signal('SIGTERM');
    await first.finished;
    await fleet.startWorker({ words: [...other, join(fleet.rig.dataFolder, 'second')] });
    const after = await submit(folder, ...words);
    expect(after).toMatchObject({ exitCode: 0 });
    expect(after.stdout).toMatch(/^more$/m);
    expect(pipelineCacheRef('cached', 'build')).toBe('slipway.pipeline-cache/cached/build');
  });
});
