import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import type { ContainerSpec, Engine } from '../../src/engine/index.ts';
import { testSettings } from '../../src/worker/testing/settings.ts';
import { docker } from '../support/images.ts';
import { BUSYBOX } from '../support/rig.ts';
import { type EndedTask, startTaskWorker, type TaskWorker } from '../support/task-worker.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const DIND_IMAGE = 'localhost/slipway-test-dind:1';
const NO_SUCH_IMAGE = 'localhost:1/slipway-test-no-such-image:1';

const folder = mkdtempSync(join(tmpdir(), 'slipway-features-'));
const created: ContainerSpec[] = [];
const dindSockets: Server[] = [];
let worker: TaskWorker;

/** The real engine, but for the privileged container of dind, which cannot start on every machine. */
function watched(real: Engine): Engine {
  return {
    ...real,
    async createContainer(spec) {
      created.push(spec);
      if (!spec.name.startsWith('slipway-dind-')) return await real.createContainer(spec);
      // Under a short name: the address of a socket has at most 107 bytes.
      const short = join(folder, String(dindSockets.length));
      symlinkSync(spec.mounts?.[0]?.source ?? '', short);
      dindSockets.push(createServer().listen(join(short, 'docker.sock')));
      return await real.createContainer({ ...spec, privileged: false, command: ['sleep', '600'] });
    },
  };
}

beforeAll(async () => {
  docker('tag', BUSYBOX, DIND_IMAGE);
  const key = join(folder, 'key');
  writeFileSync(key, privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64'));
  const { features } = testSettings(folder);
  worker = await startTaskWorker({
    engine: watched,
    settings: {
      features: { ...features, bulkLog: true, dockerSave: true, dind: true },
      ed25519KeyFile: key,
      dindImage: DIND_IMAGE,
      interactive: { minTimeMs: 1, expirationAfterSessionMs: 1 },
    },
  });
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  for (const server of dindSockets) server.close();
  docker('rmi', DIND_IMAGE);
  rmSync(folder, { recursive: true });
});

const payload = (script: string, more: object = {}) => ({
  image: BUSYBOX,
  command: ['sh', '-c', script],
  maxRunTime: 120,
  ...more,
});
const specOf = ({ taskId }: EndedTask): ContainerSpec | undefined =>
  created.find(({ name }) => name.startsWith(`slipway-task-${taskId}`));

describe('features of tasks', { timeout: 120_000 }, () => {
  it('that nobody knows make the task fail, with a log that says so', async () => {
    const ended = await worker.run(payload('true', { features: { nonsense: true } }));
    expect(ended.how).toBe('failed/failed');
    expect(ended.log).toContain('[taskcluster:error] Task was aborted because states could not be created');
    expect(ended.log).toContain('"nonsense" is not part of valid features');
    expect(specOf(ended)).toBeUndefined();
  });

  it('that are switched off by the task are off', async () => {
    const features = { localLiveLog: false, artifacts: false, nonsense: false };
    const artifacts = { 'public/a': { type: 'file', path: '/etc/passwd' } };
    const ended = await worker.run(payload('true', { features, artifacts }));
    expect(ended).toMatchObject({ how: 'completed/completed', log: '' });
    expect(await worker.queue.listArtifacts(ended.taskId, 0)).toEqual([]);
  });

  it('store the whole log as one artifact: bulkLog', async () => {
    const ended = await worker.run(payload('echo whole; exit 3', { features: { bulkLog: true } }));
    const bulk = await (await worker.artifact(ended.taskId, 'public/logs/terminal_bulk.log.gz')).text();
    expect(bulk).toBe(ended.log);
    expect(bulk).toContain('whole\r\n');
    expect(bulk).toContain('Unsuccessful task run with exit code: 3');
  });

  it('show the log while the task goes on: localLiveLog', async () => {
    const taskId = await worker.create(
      payload('echo first; until [ -e /go ]; do sleep 0.1; done; echo last'),
    );
    await worker.logHas(taskId, 'first\r\n');
    const reference = await worker.queue.artifactContent(taskId, 0, 'public/logs/live.log');
    expect(reference).toMatchObject({ storageType: 'reference' });
    const followed = fetch('url' in reference ? reference.url : '').then((answer) => answer.text());
    docker('exec', `slipway-task-${taskId}-0`, 'touch', '/go');
    const ended = await worker.ended(taskId);
    expect(await followed).toBe(ended.log);
    expect(ended.log).toContain('last\r\n');
    const listed = await worker.queue.listArtifacts(taskId, 0);
    const live = listed.find(({ name }) => name === 'public/logs/live.log');
    expect(live).toMatchObject({ storageType: 'link', expires: (await worker.queue.task(taskId)).expires });
  });

  it('let a task trace its processes, with the scope: allowPtrace', async () => {
    const script = payload('grep CapBnd /proc/self/status', { features: { allowPtrace: true } });
    const ended = await worker.run(script, { scopes: ['docker-worker:feature:allowPtrace'] });
    expect(ended.how).toBe('completed/completed');
    const [, capabilities = '0'] = /CapBnd:\s*([0-9a-f]+)/.exec(ended.log) ?? [];
    const SYS_PTRACE = 1n << 19n;
    expect(BigInt(`0x${capabilities}`) & SYS_PTRACE).toBe(SYS_PTRACE);
    const refused = await worker.run(script, { scopes: ['docker-worker:feature:allowPtrac'] });
    expect(refused.how).toBe('failed/failed');
    expect(refused.log).toContain('docker-worker:feature:allowPtrace');
  });

  it('give a task the services of the deployment, with its own rights only: taskclusterProxy', async () => {
    const script = `
      api=http://taskcluster/api/queue/v1
      echo "url=$TASKCLUSTER_PROXY_URL"
      wget -q -O - $api/task/$TASK_ID/status; echo
      wget -q -O - http://taskcluster/queue/v1/task/$TASK_ID/status > /dev/null && echo older works
      wget -O - $api/task/$TASK_ID 2>&1 | tail -n 1
      wget -q -O - --post-data='' $api/task/$TASK_ID/runs/0/completed; echo "resolving: $?"
      wget -q -O - --header='content-type: application/json' --post-data='{"storageType":"reference","contentType":"text/plain","expires":"'$EXPIRES'","url":"https://example.com/x"}' $api/task/$TASK_ID/runs/0/artifacts/public/made; echo`;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const body = payload(script, { features: { taskclusterProxy: true }, env: { EXPIRES: expires } });
    const ended = await worker.run(body, { scopes: ['queue:status:*'] });
    expect(ended.how).toBe('completed/completed');
    expect(ended.log).toContain('url=http://taskcluster');
    expect(ended.log).toContain(`"taskId":"${ended.taskId}"`);
    expect(ended.log).toContain('older works');
    expect(ended.log).toContain('403');
    expect(ended.log).toMatch(/resolving: [^0]/);
    expect(await worker.queue.artifactContent(ended.taskId, 0, 'public/made')).toEqual({
      storageType: 'reference',
      url: 'https://example.com/x',
    });
    expect(docker('network', 'ls', '--format', '{{.Name}}')).not.toContain(ended.taskId);
  });

  it('vouch for what ran and what it made: chainOfTrust', async () => {
    const artifacts = { 'public/made.txt': { type: 'file', path: '/made.txt' } };
    const script = payload('echo made > /made.txt', { features: { chainOfTrust: true }, artifacts });
    const { taskId, log, how } = await worker.run(script);
    expect(how).toBe('completed/completed');
    const bytesOf = async (name: string): Promise<Buffer> =>
      Buffer.from(await (await worker.artifact(taskId, name)).arrayBuffer());
    const statement = await bytesOf('public/chain-of-trust.json');
    expect(verify(null, statement, publicKey, await bytesOf('public/chain-of-trust.json.sig'))).toBe(true);
    const sha256 = (bytes: Buffer) => ({ sha256: createHash('sha256').update(bytes).digest('hex') });
    const certified = await bytesOf('public/logs/certified.log');
    expect(certified.toString()).toBe(log);
    expect(JSON.parse(statement.toString())).toMatchObject({
      taskId,
      runId: 0,
      artifacts: {
        'public/made.txt': sha256(Buffer.from('made\n')),
        'public/logs/certified.log': sha256(certified),
      },
      environment: { imageHash: docker('inspect', '--format', '{{.Id}}', BUSYBOX) },
    });
  });

  it('save the container and the caches: dockerSave', async () => {
    const cache = { 'test-saved': '/cache' };
    const script = payload(
      'echo changed > /changed.txt; echo kept > /cache/kept.txt; ln -s /etc/passwd /cache/link',
      {
        features: { dockerSave: true },
        cache,
      },
    );
    const { taskId, how } = await worker.run(script, { scopes: ['docker-worker:cache:test-saved'] });
    expect(how).toBe('completed/completed');
    const image = join(folder, 'image.tar');
    writeFileSync(
      image,
      Buffer.from(await (await worker.artifact(taskId, 'public/dockerImage.tar')).arrayBuffer()),
    );
    const [, name = ''] = /Loaded image: (\S+)/.exec(docker('load', '-i', image)) ?? [];
    try {
      expect(docker('run', '--rm', name, 'cat', '/changed.txt')).toBe('changed');
    } finally {
      docker('rmi', name);
    }
    const tar = Buffer.from(
      await (await worker.artifact(taskId, 'public/cache/test-saved.tar')).arrayBuffer(),
    );
    expect(tar.toString('latin1')).toContain('kept.txt');
    expect(tar.toString('latin1')).not.toContain('root:x:0:0'); // the link is a link, not what is there on the worker
    const listed = await worker.queue.listArtifacts(taskId, 0);
    const { expires = '' } = listed.find(({ name: each }) => each === 'public/dockerImage.tar') ?? {};
    expect(Date.parse(expires)).toBeLessThanOrEqual(Date.now() + 7 * 86_400_000);
  });

  it('give a task a second engine: dind', async () => {
    const script = 'ls -l /var/run/docker.sock';
    const ended = await worker.run(payload(script, { features: { dind: true } }));
    expect(ended.log).toMatch(/srwx.*docker\.sock/);
    const asked = created.find(({ name }) => name === `slipway-dind-${ended.taskId}-0`);
    expect(asked).toMatchObject({ image: DIND_IMAGE, privileged: true, environment: ['PORT='] });
    expect(docker('ps', '-a', '--format', '{{.Names}}')).not.toContain(asked?.name);
  });

  it('attach what they share of the machine, with the scope: devices', async () => {
    const capabilities = { devices: { hostSharedMemory: true, kvm: false } };
    const body = payload('mount | grep "/dev/shm"', { capabilities });
    const ended = await worker.run(body, {
      scopes: ['docker-worker:capability:device:hostSharedMemory:test/worker'],
    });
    expect(ended.how).toBe('completed/completed');
    expect(specOf(ended)?.mounts).toContainEqual({ source: '/dev/shm', target: '/dev/shm', readOnly: false });
    const refused = await worker.run(body, {
      scopes: ['docker-worker:capability:device:hostSharedMemory:test/work'],
    });
    expect(refused.how).toBe('failed/failed');
    expect(refused.log).toContain('[taskcluster:error] Docker configuration could not be created.');
    expect(specOf(refused)).toBeUndefined();
  });

  it('keep privileged containers for those with the scope, on workers that allow them', async () => {
    const body = payload('true', { capabilities: { privileged: true } });
    const without = await worker.run(body);
    expect([without.how, specOf(without)]).toEqual(['failed/failed', undefined]);
    const refused = await worker.run(body, { scopes: ['docker-worker:capability:privileged'] });
    expect(refused.how).toBe('failed/failed');
    expect(refused.log).toContain('this worker does not allow privileged tasks');
  });
});

interface Shell {
  readonly socket: WebSocket;
  shown(text: string): Promise<void>;
  type(text: string): void;
  /** The exit code that was told. */
  readonly stopped: Promise<number>;
}

function openShell(url: string): Shell {
  const socket = new WebSocket(url);
  let text = '';
  const stopped = Promise.withResolvers<number>();
  socket.on('message', (data: Buffer) => {
    if (data[0] === 1) text += data.subarray(1).toString();
    if (data[0] === 200) stopped.resolve(data[1] ?? -1);
  });
  return {
    socket,
    stopped: stopped.promise,
    shown: (wanted) => vi.waitFor(() => expect(text).toContain(wanted), { timeout: 30_000 }),
    type: (typed) => socket.send(Buffer.concat([Buffer.of(0), Buffer.from(typed)])),
  };
}

async function socketUrlOf(taskId: string): Promise<string> {
  const name = 'private/docker-worker/shell.html';
  const found = await vi.waitFor(async () => await worker.queue.artifactContent(taskId, 0, name), {
    timeout: 60_000,
  });
  const page = new URL('url' in found ? found.url : '');
  expect(page.pathname).toBe('/shell/');
  expect(Object.fromEntries(page.searchParams)).toMatchObject({ v: '1', taskId, runId: '0' });
  return page.searchParams.get('socketUrl') ?? '';
}

describe('an interactive task', { timeout: 120_000 }, () => {
  it('has a shell that keeps its container, and ends with its own exit code', async () => {
    const taskId = await worker.create(
      payload('until [ -e /go ]; do sleep 0.1; done; exit 7', { features: { interactive: true } }),
    );
    const shell = openShell(`${await socketUrlOf(taskId)}?tty=true&command=sh`);
    await once(shell.socket, 'open');
    shell.type('echo it is $((40 + 2))\n');
    await shell.shown('it is 42');
    shell.socket.send(Buffer.of(50, 33, 0, 99, 0));
    shell.type('touch /go; sleep 1; stty size\n');
    await shell.shown('33 99');
    expect((await worker.queue.status(taskId)).state).toBe('running'); // its command has ended a second ago
    shell.type('exit 5\n');
    expect(await shell.stopped).toBe(5);
    const ended = await worker.ended(taskId);
    expect(ended.how).toBe('failed/failed');
    expect(ended.log).toContain('exit code: 7');
    const [{ started = '', resolved = '' } = {}] = ended.status.runs;
    expect(Date.parse(resolved) - Date.parse(started)).toBeGreaterThanOrEqual(1000);
    expect(worker.records.map(({ type }) => type)).toContain('shell session');
  });

  it('is opened by who may read its artifact, and carries much without loss', async () => {
    const taskId = await worker.create(payload('sleep 600', { features: { interactive: true } }));
    await socketUrlOf(taskId);
    const listed = await worker.queue.listArtifacts(taskId, 0);
    const { expires = '' } = listed.find(({ name }) => name.endsWith('/shell.html')) ?? {};
    const { started = '' } = (await worker.queue.status(taskId)).runs[0] ?? {};
    // As long as the task may run, in seconds.
    expect(Date.parse(expires) - Date.parse(started)).toBeGreaterThanOrEqual(120_000);
    const path = `/api/slipway/v1/task/${taskId}/runs/0/shell?command=sh&command=-c&command=head%20-c%204000000%20/dev/zero%20%7C%20tr%20'%5C0'%20x`;
    const socket = new WebSocket(worker.queue.signUrl(worker.queue.rootUrl + path).replace(/^http/, 'ws'));
    let bytes = 0;
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1;
    });
    await once(socket, 'close');
    expect(bytes).toBe(4_000_000);
    const unsigned = new WebSocket(`${worker.queue.rootUrl}${path}`.replace(/^http/, 'ws'));
    const [error] = (await once(unsigned, 'error')) as [Error];
    expect(error.message).toContain('403');
    await worker.queue.cancelTask(taskId);
    expect((await worker.ended(taskId)).how).toBe('exception/canceled');
  });

  it('ends at once where its container ends before anybody came', async () => {
    const ended = await worker.run(payload('exit 4', { features: { interactive: true } }));
    expect(ended.log).toContain('exit code: 4');
  });
});

interface FirstResult {
  readonly artifacts: Readonly<Record<string, string>>;
  readonly result: { readonly startTimestamp: string; readonly stopTimestamp: string };
}

describe('a task of the first form', { timeout: 120_000 }, () => {
  it('leaves its documents, with what it made and what is missing', async () => {
    const body = {
      image: BUSYBOX,
      command: ['sh', '-c', 'echo first > /first.txt; echo second > /second.txt; echo said'],
      features: { bufferLog: true, azureLivelog: true },
      artifacts: { 'public/first.txt': '/first.txt', 'public/second.txt': '/second.txt', none: '/none.txt' },
    };
    const { taskId, how, log } = await worker.run(body);
    expect(how).toBe('completed/completed');
    const result = (await (await worker.artifact(taskId, 'result.json')).json()) as FirstResult;
    expect(new Set(Object.keys(result.artifacts))).toEqual(
      new Set(['public/first.txt', 'public/second.txt']),
    );
    expect(result).toMatchObject({
      version: '0.2.0',
      metadata: { workerGroup: 'group', workerId: 'one' },
      result: {
        exitCode: 0,
        logText: log,
        missingArtifacts: { none: expect.stringContaining('nothing at this path') },
      },
    });
    const { startTimestamp, stopTimestamp } = result.result;
    expect(Date.parse(stopTimestamp)).toBeGreaterThanOrEqual(Date.parse(startTimestamp));
    expect(await (await fetch(result.artifacts['public/second.txt'] ?? '')).text()).toBe('second\n');
    const { logs } = (await (await worker.artifact(taskId, 'logs.json')).json()) as {
      logs: Record<string, string>;
    };
    expect(await (await fetch(logs['terminal.log'] ?? '')).text()).toBe(log);
  });
});

it('a task that runs when its deadline passes is ended, with its container', async () => {
  const deadline = new Date(Date.now() + 8000).toISOString();
  const taskId = await worker.create(payload('echo begun; sleep 600'), { deadline });
  await worker.logHas(taskId, 'begun\r\n');
  const { how, status } = await worker.ended(taskId);
  expect([how, status.runs.length]).toEqual(['exception/deadline-exceeded', 1]);
  await vi.waitFor(() => expect(docker('ps', '-a', '--format', '{{.Names}}')).not.toContain(taskId), {
    timeout: 20_000,
  });
  expect((await worker.run(payload('echo next'))).how).toBe('completed/completed');
});

it('a task that wants a second engine fails where its image cannot be had', async () => {
  const features = { ...testSettings(folder).features, dind: true };
  await using other = await startTaskWorker({ settings: { dindImage: NO_SUCH_IMAGE, features } });
  const ended = await other.run(payload('true', { features: { dind: true } }));
  expect(ended.how).toBe('failed/failed');
  expect(ended.log).toContain(`this worker cannot get the image ${NO_SUCH_IMAGE}`);
});
