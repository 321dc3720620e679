import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEc2Metadata } from '../host/ec2-metadata.ts';
import { type MetadataServer, startMetadataServer } from '../testing/metadata-server.ts';
import { type SettleWorkerOptions, settleWorker } from './settle-worker.ts';

let folder: string;
const servers: MetadataServer[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-worker-options-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

/** A machine with these words in its metadata service; without any, there is none. */
async function metadataOf(values?: Readonly<Record<string, string>>) {
  if (values === undefined) return createEc2Metadata({ endpoint: 'http://127.0.0.1:9' });
  const server = await startMetadataServer({ values });
  servers.push(server);
  return createEc2Metadata({ endpoint: server.endpoint, timeoutMs: 20_000 });
}

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const NAMES = { provisionerId: 'local', workerType: 'docker', workerGroup: 'here', workerId: 'one' };
const WHOLE = { ...NAMES, rootUrl: 'http://queue.test' };

const settle = async (options: Partial<SettleWorkerOptions> = {}) =>
  settleWorker({
    environment: {},
    metadata: await metadataOf(),
    fetchJson: () => Promise.reject(new Error('nothing is fetched')),
    host: undefined,
    flags: WHOLE,
    base: {},
    version: '1.2.3',
    ...options,
  });

describe('settings of a worker', () => {
  it('are those of docker-worker where nobody says another', async () => {
    const { settings, alivenessCheckMs, identity, warnings } = await settle();
    expect(settings).toMatchObject({
      capacity: 1,
      diskspaceThreshold: 30_000_000_000,
      volume: '/mnt',
      cacheFolder: '/mnt/var/cache/docker-worker',
      reclaimDivisor: 2,
      allowPrivileged: false,
      shutdown: { enabled: true, afterIdleSeconds: 300 },
      image: { maxAttempts: 5, delayFactorMs: 15_000, randomizationFactor: 0.25, expirationMs: 7_200_000 },
      interactive: { minTimeMs: 180_000, expirationAfterSessionMs: 900_000 },
      dockerSaveExpirationMs: 604_800_000,
    });
    expect(settings.features).toMatchObject({ localLiveLog: true, bulkLog: false, dind: false });
    expect([alivenessCheckMs, identity.workerNodeType, warnings]).toEqual([30_000, 'standalone', []]);
  });

  it('come from the line, then the host, then the section of the profile, then the defaults of the file', async () => {
    const file = await write(
      'order.yml',
      `defaults:
  capacity: 2
  workerNodeType: weakest
  region: file
  shutdown: { enabled: false, afterIdleSeconds: 9 }
test:
  capacity: 3
  instanceType: profile
  shutdown: { afterIdleSeconds: 7 }
other:
  capacity: 99
`,
    );
    const { settings, identity } = await settle({
      ...{ file, profile: 'test', host: 'packet' },
      environment: { CAPACITY: '4', REGION: 'host', WORKER_ID: 'two' },
    });
    expect(settings.shutdown).toEqual({ enabled: false, afterIdleSeconds: 7 });
    expect(settings.capacity).toBe(4);
    expect(identity).toMatchObject({
      ...{ region: 'host', workerId: 'one', instanceType: 'profile', workerNodeType: 'weakest' },
    });
    const flags = { ...WHOLE, capacity: 5 };
    const line = await settle({
      file,
      profile: 'test',
      host: 'packet',
      environment: { CAPACITY: '4' },
      flags,
    });
    expect(line.settings.capacity).toBe(5);
  });

  it('take what the original profiles changed', async () => {
    const { settings } = await settle({ profile: 'test' });
    expect([settings.diskspaceThreshold, settings.image.delayFactorMs]).toEqual([1_000_000_000, 100]);
  });

  it('take every key that docker-worker had, and say once which mean nothing', async () => {
    const file = await write(
      'every.yml',
      `defaults:
  capacity: 1
  taskQueue: { pollInterval: 5000 }
  task: { reclaimDivisor: 3 }
  alivenessCheckInterval: 1000
  capacityManagement: { diskspaceThreshold: 5 }
  dockerVolume: /srv
  garbageCollection: { imageExpiration: 1, containerExpiration: 2, interval: 3 }
  cache: { volumeCachePath: /srv/caches }
  shutdown: { enabled: true, afterIdleSeconds: 60 }
  dockerConfig: { allowPrivileged: true, defaultRegistry: r.test, maxAttempts: 2, delayFactor: 3, randomizationFactor: 0.1 }
  registries: { quay.io/me: { username: u, password: !env REGISTRY_PASSWORD } }
  restrictCPU: true
  deviceManagement: { cpu: { enabled: false }, kvm: { enabled: false } }
  features: { bulkLog: { enabled: true }, dind: { enabled: false } }
  artifacts: { skipCompressionExtensions: [.gz] }
  logging: { secureLiveLogging: true }
  ssl: { certificate: /etc/c, key: /etc/k }
  statelessHostname: { enabled: true, secret: !env MISSING, domain: d.test }
  interactive: { ssl: true, minTime: 1, expirationAfterSession: 2, artifactName: private/x }
  dockerSave: { expiration: 4 }
  dindImage: dind:1
  ed25519SigningKeyLocation: /etc/key
  workerNodeType: big
  instanceId: i-1
  region: eu
`,
    );
    const { settings, warnings } = await settle({ file, environment: { REGISTRY_PASSWORD: 'p' } });
    expect(settings).toMatchObject({
      ...{ volume: '/srv', cacheFolder: '/srv/caches', restrictCpu: true, allowPrivileged: true },
      image: { registries: { 'quay.io/me': { username: 'u', password: 'p' } }, maxAttempts: 2 },
      devices: { kvm: false, loopbackVideo: true },
      features: { bulkLog: true, dind: false, artifacts: true },
      ed25519KeyFile: '/etc/key',
      ownSockets: {
        secureLiveLog: true,
        secureInteractive: true,
        tls: { certificateFile: '/etc/c', keyFile: '/etc/k' },
      },
    });
    expect(warnings.map((warning) => warning.split(':')[0]).toSorted()).toEqual([
      'deviceManagement.cpu',
      'garbageCollection.containerExpiration',
      'garbageCollection.interval',
      'interactive.artifactName',
      'taskQueue.pollInterval',
    ]);
  });

  it('take values of the file from variables, of the kind that the tag says', async () => {
    const file = await write(
      'variables.yml',
      'defaults: { capacity: !env:number SLOTS, restrictCPU: !env:bool CORES, dindImage: !env IMAGE }\n',
    );
    const { settings } = await settle({ file, environment: { SLOTS: '6', CORES: 'true' } });
    expect([settings.capacity, settings.restrictCpu]).toEqual([6, true]);
    expect(settings.dindImage).toBe('taskcluster/dind-service:v4.0');
  });

  it('are refused with every mistake of the file, and its place', async () => {
    const file = await write(
      'wrong.yml',
      'defaults:\n  capacity: many\n  colour: red\ntest:\n  shutdown:\n    enable: no\n',
    );
    await expect(settle({ file })).rejects.toThrow(
      [
        `${file}:2:3: defaults.capacity: Invalid input: expected number`,
        `${file}:3:3: defaults.colour: a worker has no such setting`,
        `${file}:6:5: test.shutdown.enable: a worker has no such setting`,
      ].join('\n'),
    );
  });

  it('are refused where the file is no YAML, without repeating what is in it', async () => {
    const file = await write('broken.yml', 'defaults:\n  taskcluster: { accessToken: "hunter2\n');
    await expect(settle({ file })).rejects.toThrow(/broken\.yml:\d+:\d+: (?!.*hunter2)/);
  });

  it('know no profile that neither the file nor docker-worker has', async () => {
    await expect(settle({ profile: 'prod' })).rejects.toThrow(
      'no profile "prod": there are production, test',
    );
  });
});

describe('credentials and queue', () => {
  it('come from the environment', async () => {
    const environment = {
      ...{ TASKCLUSTER_ROOT_URL: 'http://tc.test/', TASKCLUSTER_CLIENT_ID: 'me' },
      TASKCLUSTER_ACCESS_TOKEN: 'secret',
    };
    const plan = await settle({ flags: NAMES, environment });
    expect([plan.rootUrl, plan.credentials]).toEqual([
      'http://tc.test',
      { clientId: 'me', accessToken: 'secret' },
    ]);
  });

  it.each(['http://queue.test', 'http://queue.test/v1', 'http://queue.test/api/queue/v1/'])(
    'take the early name of the queue, %s',
    async (url) => {
      const plan = await settle({ flags: NAMES, environment: { QUEUE_URL: url } });
      expect(plan.rootUrl).toBe('http://queue.test');
    },
  );

  it('are missed by their names', async () => {
    await expect(settle({ flags: NAMES })).rejects.toThrow('--root-url is missing');
  });
});

describe('names of a worker', () => {
  const METADATA = {
    '2012-01-12/meta-data/ami-id': 'ami-0abc',
    '2012-01-12/meta-data/placement/availability-zone': 'eu-west-1a',
    '2012-01-12/meta-data/instance-id': 'i-0123',
  };

  it('come from the EC2 metadata service where no option says them', async () => {
    const flags = { provisionerId: 'aws-provisioner', workerGroup: 'mine', rootUrl: 'http://queue.test' };
    const { identity } = await settle({ flags, metadata: await metadataOf(METADATA) });
    expect(identity).toMatchObject({
      ...{ taskQueueId: 'aws-provisioner/ami-0abc', workerGroup: 'mine', workerId: 'i-0123' },
    });
    expect(servers[0]?.requests.filter((request) => request.includes('zone'))).toEqual([]);
  });

  it('are missed by their options where no such service answers', async () => {
    const flags = { provisionerId: 'p', rootUrl: 'http://queue.test' };
    await expect(settle({ flags })).rejects.toThrow(
      /^--worker-type, --worker-group, --worker-id are missing, and the EC2 metadata service at http:\/\/127\.0\.0\.1:9 does not answer.*; on a machine that is none of EC2 say --worker-type docker --worker-group local --worker-id /,
    );
  });

  it('are refused, all at once, where the queue would not take them', async () => {
    const flags = { ...WHOLE, workerType: 'Docker_1', workerId: 'x'.repeat(39) };
    await expect(settle({ flags })).rejects.toThrow(/--worker-type: .*"Docker_1"\n--worker-id: /);
  });
});

describe('hosts', () => {
  it('worker-runner: take the file that the parent wrote', async () => {
    const taskcluster = { clientId: 'w', accessToken: 't', certificate: '{}' };
    const runner = { ...WHOLE, rootUrl: 'http://runner.test', taskcluster, capacity: 3 };
    const file = await write('runner.json', JSON.stringify(runner));
    const environment = {
      DOCKER_WORKER_CONFIG: file,
      TASKCLUSTER_CLIENT_ID: 'x',
      TASKCLUSTER_ACCESS_TOKEN: 'y',
    };
    const plan = await settle({ host: 'worker-runner', environment, flags: {} });
    expect([plan.rootUrl, plan.credentials?.clientId, plan.settings.capacity]).toEqual([
      'http://runner.test',
      'w',
      3,
    ]);
  });

  it.each([
    ['no file is named', undefined, 'DOCKER_WORKER_CONFIG names no file'],
    ['it is no JSON', '{', 'it is no JSON'],
    ['it has a key that no worker knows', '{"capacty":1}', 'capacty: a worker has no such setting'],
  ])('worker-runner: say that %s', async (_, text, message) => {
    const file = text === undefined ? '' : await write('wrong-runner.json', text);
    const environment = { DOCKER_WORKER_CONFIG: file };
    await expect(settle({ host: 'worker-runner', environment })).rejects.toThrow(message);
  });

  it('aws: take facts, user data, credentials for the security token, and the secret, the last wins', async () => {
    const meta = (name: string) => `latest/meta-data/${name}`;
    const metadata = await metadataOf({
      [meta('public-ipv4')]: '192.0.2.1',
      [meta('local-ipv4')]: '10.0.0.1',
      [meta('public-hostname')]: 'ec2.test',
      [meta('instance-id')]: 'i-9',
      [meta('placement/availability-zone')]: 'eu-west-1b',
      [meta('instance-type')]: 'm3.large',
      'latest/user-data': JSON.stringify({
        ...{ securityToken: 'st', taskclusterRootUrl: 'http://aws.test', capacity: 2, workerType: 'w' },
        ...{ provisionerId: 'aws', data: { dindImage: 'data', dockerVolume: '/data' } },
      }),
    });
    const asked: unknown[] = [];
    const plan = await settle({
      ...{ host: 'aws', flags: {}, metadata },
      fetchJson: async (rootUrl, path, credentials) => {
        asked.push([rootUrl, path, credentials?.clientId]);
        if (path.includes('provisioner')) return { credentials: { clientId: 'c', accessToken: 'a' } };
        return { secret: { dindImage: 'secret' }, expires: 'later' };
      },
    });
    expect(asked).toEqual([
      ['http://aws.test', '/api/aws-provisioner/v1/secret/st', undefined],
      ['http://aws.test', '/api/secrets/v1/secret/worker-type%3Aaws%2Fw', 'c'],
    ]);
    expect(plan.settings).toMatchObject({ capacity: 2, dindImage: 'secret', volume: '/data' });
    expect(plan).toMatchObject({ rootUrl: 'http://aws.test', credentials: { clientId: 'c' } });
    expect(plan.identity).toMatchObject({
      ...{ workerId: 'i-9', workerGroup: 'eu-west-1', region: 'eu-west-1', publicIp: '192.0.2.1' },
      ...{ workerNodeType: 'm3.large', hostname: 'ec2.test', cloud: 'aws', taskQueueId: 'aws/w' },
    });
  });
});
