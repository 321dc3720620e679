import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient } from '../../src/queue-client/index.ts';
import { onFreePort, serve } from '../support/download-server.ts';
import { jsonLines } from '../support/json-lines.ts';
import { BUSYBOX, createRig } from '../support/rig.ts';

/** What each guide of docs/moving.md says, done with files as the original's users have them. */

// As wercker's own pages had it: a service with variables, scripts with `code: |`, after-steps, a deploy with a target.
const WERCKER_YML = `box: ${BUSYBOX}
build:
  steps:
    - script:
        name: compile
        code: |
          export BUILT="$WERCKER_GIT_COMMIT-$X_STAGE"
          mkdir -p "$WERCKER_OUTPUT_DIR/bin"
          echo "built for $STAGE in $WERCKER_SOURCE_DIR" > "$WERCKER_OUTPUT_DIR/bin/app"
    - script:
        name: the state of the shell is kept
        code: |
          test -n "$BUILT"
          cp "$WERCKER_OUTPUT_DIR/bin/app" "$WERCKER_REPORT_ARTIFACTS_DIR/report.txt"
  after-steps:
    - script:
        code: echo "after, and it was $WERCKER_RESULT"
deploy:
  steps:
    - script:
        code: cat bin/app
`;

describe('from the wercker CLI', () => {
  it('its file, variables, output folder and commands go on', async () => {
    await using rig = createRig(WERCKER_YML);
    const environment = { X_STAGE: 'test' };
    const built = await rig.run(['build', '--artifacts'], { program: 'wercker', environment });
    expect(built.exitCode).toBe(0);
    expect(built.stdout).toContain('after, and it was passed');
    const output = join(rig.folder, '.wercker/latest/output');
    expect(readFileSync(join(output, 'bin/app'), 'utf8')).toMatch(/^built for test in \/pipeline\/source/);
    const deployed = await rig.run(['deploy', '.wercker/latest/output'], { program: 'wercker' });
    expect(deployed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('built for test') });
    // What the guide calls different: a mistake of the command line is one.
    expect(await rig.run(['build', '--nonsense'], { program: 'wercker' })).toMatchObject({ exitCode: 2 });
  });
});

describe('from runner-download', () => {
  it('a store that a runner filled is served at the old address, and nothing beside it', async () => {
    await using rig = createRig();
    rig.write('store/bucket/project-artifacts/app/run/output.tar', 'twelve bytes');
    const storePath = join(rig.folder, 'store');
    const { url } = await onFreePort((free) => {
      const environment = { PORT: String(free), WERCKER_RUNNER_STOREPATH: storePath };
      return serve(rig, ['server'], { program: 'runner-download', environment });
    });
    const fetchOf = (query: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/v3/operator/artifact/download?${new URLSearchParams(query)}`, { headers });
    const output = { s: storePath, a: 'bucket/project-artifacts/app/run/output.tar' };
    const whole = await fetchOf(output);
    expect(await whole.text()).toBe('twelve bytes');
    expect(whole.headers.get('content-disposition')).toContain('filename="output.tar"');
    expect(whole.headers.get('content-type')).toBe('binary/octet-stream');
    const rest = await fetchOf(output, { range: 'bytes=7-' });
    expect([rest.status, await rest.text()]).toEqual([206, 'bytes']);
    const answers = [
      await fetchOf({ s: '/', a: 'etc/passwd' }),
      await fetchOf({ s: storePath }),
      await fetchOf({ a: output.a }),
      await fetchOf({ a: output.a, t: 'ocid1.tenancy.oc1..other' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 403]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('from BuildStream', () => {
  it('what bst built on a machine is copied by ostree, listed, shown and checked out', async () => {
    await using rig = createRig();
    const old = join(rig.folder, 'buildstream/artifacts/ostree');
    const ostree = (...words: string[]): string => execFileSync('ostree', words, { encoding: 'utf8' });
    mkdirSync(old, { recursive: true });
    ostree('init', `--repo=${old}`, '--mode=bare-user');
    // An artifact of BuildStream 1.0 has what was made below `files`, and what is known of it below `meta`.
    rig.write('artifact/files/usr/bin/foo', 'made');
    rig.write('artifact/meta/artifact.yaml', 'version: 3\n');
    rig.write('artifact/logs/build.log', 'it was built\n');
    const key = 'a'.repeat(64);
    const ref = `project/base-foo/${key}`;
    ostree('commit', `--repo=${old}`, `--branch=${ref}`, '--subject=', join(rig.folder, 'artifact'));
    const made = jsonLines(await rig.run(['cache', 'init', '--output', 'json']));
    const repository = String(made.find(({ type }) => type === 'cache-initialised')?.['repository']);
    ostree('pull-local', `--repo=${repository}`, old);
    expect((await rig.run(['cache', 'summary'])).exitCode).toBe(0);
    expect((await rig.run(['cache', 'list'])).stdout).toContain('project/base-foo');
    expect((await rig.run(['cache', 'checkout', ref, 'out'])).exitCode).toBe(0);
    expect(readFileSync(join(rig.folder, 'out/usr/bin/foo'), 'utf8')).toBe('made');
    expect((await rig.run(['cache', 'log', ref])).stdout).toContain('it was built');
    expect((await rig.run(['cache', 'fsck'])).exitCode).toBe(0);
  });
});

// The sections of the original's file, and keys of it that mean nothing here.
const WORKER_CONFIG = `defaults:
  capacity: 1
  dockerVolume: VOLUME
  taskQueue: { pollInterval: 5000 }
  capacityManagement: { diskspaceThreshold: 1000000 }
  garbageCollection: { imageExpiration: 7200000, containerExpiration: 600000, interval: 60000 }
  cache: { volumeCachePath: VOLUME/caches }
  features: { localLiveLog: { enabled: true }, taskclusterProxy: { enabled: true } }
test:
  workerGroup: moved
  workerId: one
  provisionerId: old
  workerType: builder
`;

describe('from docker-worker', () => {
  it('its file and its command line run a task of the old form', async () => {
    await using rig = createRig();
    rig.write('config.yml', WORKER_CONFIG.replaceAll('VOLUME', join(rig.folder, 'volume')));
    mkdirSync(join(rig.folder, 'volume'));
    rig.write(
      'clients.yml',
      JSON.stringify([{ clientId: 'ci', accessToken: 'a-token-for-this-test', scopes: ['*'] }]),
    );
    execFileSync('chmod', ['600', join(rig.folder, 'clients.yml')]);
    const words = ['server', '--port', '0', '--clients', 'clients.yml'];
    const { url } = await serve(rig, words);
    const credentials = { clientId: 'ci', accessToken: 'a-token-for-this-test' };
    await using queue = openQueueClient({ rootUrl: url, credentials: () => credentials });
    const environment = {
      TASKCLUSTER_ROOT_URL: url,
      TASKCLUSTER_CLIENT_ID: credentials.clientId,
      TASKCLUSTER_ACCESS_TOKEN: credentials.accessToken,
    };
    const worker = rig.start(['--config', 'config.yml', 'test'], { program: 'docker-worker', environment });
    await worker.waitFor(/this setting changes nothing: taskQueue\.pollInterval/);
    const taskId = newTaskId();
    await queue.createTask(taskId, {
      provisionerId: 'old',
      workerType: 'builder',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      payload: {
        image: BUSYBOX,
        command: ['sh', '-c', 'echo from the old file; echo kept > /kept.txt'],
        maxRunTime: 600,
        artifacts: { 'public/kept.txt': { type: 'file', path: '/kept.txt' } },
      },
      metadata: { name: 'n', description: 'd', owner: 'o@example.com', source: 'https://example.com' },
    });
    let status = await queue.waitResolved(taskId, undefined);
    while (status.state === 'pending' || status.state === 'running')
      status = await queue.waitResolved(taskId, undefined);
    expect(status).toMatchObject({ state: 'completed', runs: [{ workerGroup: 'moved', workerId: 'one' }] });
    const log = await rig.run(['task', 'log', taskId], { environment });
    expect(log.stdout).toMatch(/=== Task Starting ===[\s\S]*from the old file[\s\S]*=== Task Finished ===/);
  });
});
